"""The endpoint that the tests of a watch endpoint as a source share, a module at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources.sse_harness import Service, serving


@pytest.fixture(scope="module")
def _started() -> Iterator[Service]:
    with serving() as started:
        yield started


@pytest.fixture
def service(_started: Service) -> Iterator[Service]:
    yield _started
    _started.clear()
