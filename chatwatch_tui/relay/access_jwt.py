"""Access by JSON Web Tokens of somebody else's sign-in: the user and the conversations are claims.

What a token says about itself decides nothing: the operator fixes the algorithms, and a token is verified with the keys
that can serve them (`jwt_keys`). Every token must expire.

A token cannot be called back by itself. Short lives at the issuer, and keys withdrawn from the file or the JWKS address
(in force within `max_age`), are how access ends early.
"""

from __future__ import annotations

import logging
from typing import Any

import jwt
import msgspec

from chatwatch_tui.relay.access import (
    DEFAULT_COOKIE,
    EVERY_CONVERSATION,
    MAX_CREDENTIAL,
    AccessError,
    AccessSettings,
    Caller,
    SignIn,
    Verdict,
    credential_of,
    folded_id,
)
from chatwatch_tui.relay.jwt_keys import FileKeys, JwksKeys, Key, KeySource, KeysUnavailable, checked_algorithms

log = logging.getLogger(__name__)


class JwtRules(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a token. Raises AccessError for algorithms that do not go together, and for too much leeway."""

    algorithms: tuple[str, ...]
    audience: str = ""
    """Must be in `aud`; where blank, a token made for some audience is refused."""
    issuer: str = ""
    user_claim: str = "sub"
    conversations_claim: str = "conversations"
    """A list of ids, or "*"; this and the user's may be dotted paths into nested claims."""
    leeway: float = 0.0

    def __post_init__(self) -> None:
        checked_algorithms(self.algorithms)
        if not 0 <= self.leeway <= 300:
            raise AccessError("the leeway for a token's times is between 0 and 300 seconds")


class JwtGate:
    """Answers from the token's claims."""

    def __init__(self, keys: KeySource, rules: JwtRules, *, cookie: str = DEFAULT_COOKIE) -> None:
        self._keys = keys
        self._rules = rules
        self._cookie = cookie

    @classmethod
    def from_settings(cls, settings: AccessSettings) -> JwtGate:
        """As the settings say. Raises AccessError."""
        rules = JwtRules(
            algorithms=settings.jwt_algorithms,
            audience=settings.jwt_audience,
            issuer=settings.jwt_issuer,
            user_claim=settings.jwt_user_claim,
            conversations_claim=settings.jwt_conversations_claim,
            leeway=settings.jwt_leeway,
        )
        if (settings.jwt_key is None) == (not settings.jwt_jwks):
            raise AccessError("access mode jwt needs its keys, from a file or from a JWKS address, one of the two")
        keys: KeySource
        if settings.jwt_key is not None:
            keys = FileKeys(settings.jwt_key, rules.algorithms)
        else:
            keys = JwksKeys(settings.jwt_jwks, rules.algorithms, ca=settings.jwt_ca)
        return cls(keys, rules, cookie=settings.cookie)

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        """Whether the token is good, and then whether its claims name the conversation."""
        verdict, claims = await self._verified(caller)
        if verdict is not Verdict.ALLOWED:
            return verdict
        seen = _conversations(_claim(claims, self._rules.conversations_claim))
        wanted = folded_id(conversation_id)
        allowed = wanted is not None and (wanted in seen or EVERY_CONVERSATION in seen)
        return Verdict.ALLOWED if allowed else Verdict.NOT_FOUND

    async def sign_in(self, caller: Caller) -> SignIn:
        """Whether the token is good."""
        verdict, claims = await self._verified(caller)
        if verdict is not Verdict.ALLOWED:
            return SignIn(verdict)
        return SignIn(verdict, self._user(claims), float(claims["exp"]) + self._rules.leeway)

    async def close(self) -> None:
        """Free the keys."""
        await self._keys.close()

    async def _verified(self, caller: Caller) -> tuple[Verdict, dict[str, Any]]:
        token = credential_of(caller, self._cookie)
        if not token or len(token) > MAX_CREDENTIAL:
            return Verdict.NOT_SIGNED_IN, {}
        try:
            header = jwt.get_unverified_header(token)
            kid, algorithm = header.get("kid", ""), header.get("alg")
            # `crit` asks for extensions that change what a token means; there are none here.
            if algorithm not in self._rules.algorithms or "crit" in header or not isinstance(kid, str):
                return Verdict.NOT_SIGNED_IN, {}
            for key in await self._keys.candidates(kid, algorithm):
                claims = self._decoded(token, key)
                if claims is not None:
                    good = bool(self._user(claims))
                    return (Verdict.ALLOWED, claims) if good else (Verdict.NOT_SIGNED_IN, {})
        except KeysUnavailable:
            return Verdict.UNAVAILABLE, {}
        except Exception as problem:  # hostile input finds what no list of exceptions foresees; it is no yes
            if not isinstance(problem, jwt.PyJWTError):
                log.info("a token was refused (%s)", type(problem).__name__)
        return Verdict.NOT_SIGNED_IN, {}

    def _decoded(self, token: str, key: Key) -> dict[str, Any] | None:
        """The claims; None where another key may fit. Raises what PyJWT does for a token that no key makes good."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.material,
                algorithms=sorted(key.algorithms),
                audience=self._rules.audience or None,
                issuer=self._rules.issuer or None,
                leeway=self._rules.leeway,
                options={"require": ["exp"]},
            )
        except (jwt.InvalidSignatureError, jwt.InvalidKeyError):
            return None
        return claims

    def _user(self, claims: dict[str, Any]) -> str:
        user = _claim(claims, self._rules.user_claim)
        return str(user) if isinstance(user, (str, int)) and not isinstance(user, bool) else ""


def _claim(claims: dict[str, Any], path: str) -> Any:
    """The claim of that name, else the one at that dotted path: names that are addresses have dots of their own."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _conversations(claim: Any) -> frozenset[str]:
    if claim == EVERY_CONVERSATION:
        return frozenset((EVERY_CONVERSATION,))
    listed = [given for given in claim if isinstance(given, str)] if isinstance(claim, list) else []
    return frozenset(EVERY_CONVERSATION if given == EVERY_CONVERSATION else folded_id(given) or "" for given in listed)
