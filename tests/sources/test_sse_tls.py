"""TLS: whom we trust, who we are, what is said where either fails; nothing is sent before the certificate is good."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from chatwatch_tui.core.events import LinkState
from chatwatch_tui.sources.sse_signin import SseSignIn
from tests.sources.harness import A, Pki, running
from tests.sources.sse_harness import first_trouble, serving, sse_source
from tests.sources.sse_sockets import Line, WantsCertificate


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


def tls(pki: Pki, **more: Any) -> dict[str, Any]:
    return {"ssl_certfile": pki.cert, "ssl_keyfile": pki.key, **more}


async def test_a_trusted_endpoint_over_tls_with_a_client_certificate(pki: Pki) -> None:
    needs = tls(pki, ssl_ca_certs=str(pki.ca), ssl_cert_reqs=ssl.CERT_REQUIRED)
    with serving(tls=needs) as service:
        signin = SseSignIn(cacert=pki.ca, client_cert=pki.client_cert, client_key=pki.client_key)
        async with running(sse_source(service.url, A, signin=signin)) as seen:
            await seen.until_live()
            assert service.asked[0].http_version == "1.1"


async def test_an_endpoint_that_wants_a_client_certificate_is_said(pki: Pki) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pki.ca)
    context.load_cert_chain(pki.cert, pki.key)
    with WantsCertificate(context) as server:
        said = await first_trouble(f"https://{server.where}", SseSignIn(cacert=pki.ca))
        assert (said.state, said.detail) == (LinkState.REFUSED, f"{server.where} wants a client certificate")


async def test_an_untrusted_certificate_one_for_another_host_and_no_tls_at_all(pki: Pki) -> None:
    with serving(tls=tls(pki)) as service:
        said = await first_trouble(service.url)
        assert said.state is LinkState.REFUSED
        assert said.detail.startswith(f"the certificate of {service.where} is not trusted: ")
        assert said.detail.endswith("; --cacert names a CA")
        said = await first_trouble(service.url.replace("127.0.0.1", "localhost"), SseSignIn(cacert=pki.ca))
        assert "mismatch" in said.detail
        assert "--cacert" not in said.detail
        assert service.asked == [], "no request, so no sign-in, went out"
    with serving() as service:
        said = await first_trouble(service.url.replace("http:", "https:"), SseSignIn(cacert=pki.ca))
        assert (said.state, said.detail) == (
            LinkState.REFUSED,
            f"what listens at {service.where} does not speak TLS: is it http://?",
        )


async def test_an_endpoint_that_is_frozen_in_the_handshake_is_one_that_does_not_answer(pki: Pki) -> None:
    async with Line(b"", hangs_up=False).listening() as line:
        said = await first_trouble(f"https://{line.where}", SseSignIn(cacert=pki.ca), connect_within=0.3)
        assert (said.state, said.detail) == (LinkState.CONNECTING, f"no answer from {line.where}")


async def test_certificate_files_that_are_no_good_are_named_and_read_again(pki: Pki, tmp_path: Path) -> None:
    _, encrypted = pki.pair("locked", "127.0.0.1", passphrase=b"secret")
    broken, missing = tmp_path / "broken.pem", tmp_path / "missing.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\n")
    with serving(tls=tls(pki)) as service:
        for signin, words in (
            (SseSignIn(cacert=missing), f"CA file {missing}: No such file or directory"),
            (SseSignIn(cacert=broken), f"TLS with {broken} is not possible: "),
            (
                SseSignIn(cacert=pki.ca, client_cert=tmp_path / "locked.pem", client_key=encrypted),
                "is encrypted: name one",
            ),
            (SseSignIn(cacert=pki.ca, client_cert=pki.client_cert, client_key=pki.key), "is not possible: "),
        ):
            said = await first_trouble(service.url, signin)
            assert said.state is LinkState.REFUSED
            assert words in said.detail
        async with running(sse_source(service.url, A, signin=SseSignIn(cacert=missing))) as seen:
            await seen.until_said("CA file")
            missing.write_bytes(pki.ca.read_bytes())
            await seen.until_live()
