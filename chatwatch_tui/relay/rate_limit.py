"""Failed sign-ins are limited per address; a credential that is good gets through whatever its neighbours do.

Whole offices stand behind one address, so good credentials must not suffer for bad ones beside them. Tokens and JWTs
cannot be guessed, so they are always looked at, and an address that fails too often merely hears TOO_MANY in place of
NOT_SIGNED_IN. A forward-auth address may take passwords, which can: there (`guessable`) nothing is asked for an address
that failed too often, except with credentials that were let in within the last hour.

To present nothing is no attempt and is not counted.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from chatwatch_tui.relay.access import DEFAULT_COOKIE, AccessError, Caller, Gate, Verdict, credential_of

MAX_ADDRESSES = 10_000
MAX_REMEMBERED = 10_000
REMEMBER = 3_600.0
LONGEST_WAIT = 3_600.0


class FailureLimiter:
    """A token bucket per address. It may be overdrawn: attempts that ran side by side are all paid for."""

    def __init__(
        self,
        burst: int = 10,
        per_minute: float = 10.0,
        *,
        max_addresses: int = MAX_ADDRESSES,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """`burst` failures at once, `per_minute` afterwards. Raises AccessError where these make no sense."""
        if burst < 1 or not 0 < per_minute < math.inf:
            raise AccessError("failed sign-ins: at least 1 at once, and more than 0 per minute")
        self._burst = burst
        self._per_second = per_minute / 60
        self._max_addresses = max_addresses
        self._ticks = ticks
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Address to (what was left, when); the one that failed last is last."""

    def __len__(self) -> int:
        return len(self._buckets)

    def exhausted(self, address: str) -> bool:
        """Whether the next failure from there is one too many."""
        return self._left(_place(address)) < 1

    def failed(self, address: str) -> bool:
        """Count a failure; whether it was one too many."""
        place = _place(address)
        left = self._left(place)
        deepest = 1 - LONGEST_WAIT * self._per_second
        self._buckets[place] = (max(left - 1, min(deepest, 0.0)), self._ticks())
        self._buckets.move_to_end(place)
        while len(self._buckets) > self._max_addresses:
            self._buckets.popitem(last=False)  # the one that has been quiet longest is forgiven
        return left < 1

    def wait(self, address: str) -> int:
        """Whole seconds until a failure from there is not one too many; for `Retry-After`."""
        return max(1, math.ceil((1 - self._left(_place(address))) / self._per_second))

    def _left(self, place: str) -> float:
        left, at = self._buckets.get(place, (float(self._burst), 0.0))
        return min(float(self._burst), left + (self._ticks() - at) * self._per_second)


class RateLimited:
    """A gate with the limit in front of it."""

    def __init__(
        self,
        gate: Gate,
        limiter: FailureLimiter,
        *,
        guessable: bool = False,
        cookie: str = DEFAULT_COOKIE,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """`guessable`: what callers present may be passwords, in any header. `cookie`: where tokens are, if not."""
        self._gate = gate
        self._limiter = limiter
        self._guessable = guessable
        self._cookie = cookie
        self._ticks = ticks
        self._key = secrets.token_bytes(32)
        self._good: OrderedDict[bytes, float] = OrderedDict()
        """Digests of credentials that were let in, and when they are forgotten; oldest first."""

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        """What the gate says, or TOO_MANY."""
        if self._guessable:
            return await self._check_guessable(caller, conversation_id, fresh)
        verdict = await self._gate.check(caller, conversation_id, fresh=fresh)
        presented = bool(credential_of(caller, self._cookie))
        if verdict is Verdict.NOT_SIGNED_IN and presented and self._limiter.failed(caller.address):
            return Verdict.TOO_MANY
        return verdict

    async def close(self) -> None:
        """Close the gate."""
        self._good.clear()
        await self._gate.close()

    async def _check_guessable(self, caller: Caller, conversation_id: str, fresh: bool) -> Verdict:
        presented = bool(caller.authorization or caller.cookie)
        digest = self._digest(caller)
        known = self._good.get(digest, -math.inf) > self._ticks()
        if presented and not known and self._limiter.exhausted(caller.address):
            return Verdict.TOO_MANY
        verdict = await self._gate.check(caller, conversation_id, fresh=fresh)
        if verdict is Verdict.ALLOWED:
            self._good.pop(digest, None)
            self._good[digest] = self._ticks() + REMEMBER
            while len(self._good) > MAX_REMEMBERED:
                self._good.popitem(last=False)
        elif verdict is Verdict.NOT_SIGNED_IN:
            self._good.pop(digest, None)
            if presented and self._limiter.failed(caller.address):
                return Verdict.TOO_MANY
        return verdict

    def _digest(self, caller: Caller) -> bytes:
        digest = hashlib.blake2b(key=self._key, digest_size=32)
        for part in (caller.authorization, caller.cookie):
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big") + raw)
        return digest.digest()


def _place(address: str) -> str:
    """What counts as one address: of IPv6 the /64, within which everybody may choose at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return parsed.packed[:8].hex()
