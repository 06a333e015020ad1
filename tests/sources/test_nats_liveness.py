"""Signs of life: asked for in time, a silence noticed in time, and none made of our own standing still."""

from __future__ import annotations

from chatwatch_tui.sources.nats_liveness import SignsOfLife


def asked(signs: SignsOfLife, until: float, *, answers: bool, begin: float = 0.0) -> tuple[list[float], float | None]:
    """When it was asked, and when it was silent for too long; looked at every `pause`, answered at once or never."""
    times = []
    now = begin
    while now <= until:
        if signs.is_due(now):
            signs.asked(now)
            times.append(now)
            if answers:
                signs.heard(now + 0.01)
                assert signs.answer(now + 0.01)
        if signs.silence(now) is not None:
            return times, now
        now += signs.pause
    return times, None


def test_a_server_that_answers_is_asked_in_its_interval_and_is_never_silent() -> None:
    signs = SignsOfLife(2.0, 4.5, 0.0)
    assert asked(signs, 10.0, answers=True) == ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], None)
    assert signs.last_round_trip is not None
    assert round(signs.last_round_trip, 3) == 0.01


def test_a_server_that_says_nothing_is_silent_after_its_time() -> None:
    times, silent_at = asked(SignsOfLife(2.0, 4.5, 0.0), 60.0, answers=False)
    assert (times, silent_at) == ([0.0, 2.0, 4.0], 5.0)


def test_when_it_was_we_who_stood_still_the_server_has_as_long_as_ever_to_answer() -> None:
    signs = SignsOfLife(2.0, 4.5, 0.0)
    asked(signs, 4.0, answers=True)
    times, silent_at = asked(signs, 4_000.0, answers=False, begin=3_600.0)
    assert (times, silent_at) == ([3_600.0, 3_602.0, 3_604.0], 3_605.0)
    assert signs.silence(3_605.0) == 3_605.0 - signs.last_byte, "what is said is when it was heard last"


def test_what_waited_in_the_socket_while_we_stood_still_proves_nothing_until_a_question_of_ours_is_answered() -> None:
    signs = SignsOfLife(2.0, 4.5, 0.0)
    asked(signs, 4.0, answers=True)
    signs.heard(3_600.0)  # before the next look, as a read that was waiting does
    assert signs.complete_until <= 4.51, "when the server cut us is not known"
    assert signs.is_due(3_600.1)
    signs.asked(3_600.1)
    signs.heard(3_600.2)
    assert signs.complete_until <= 4.51
    assert signs.answer(3_600.2)
    assert signs.complete_until == 3_600.2


def test_an_answer_to_a_question_from_before_we_stood_still_proves_nothing_of_now() -> None:
    signs = SignsOfLife(2.0, 4.5, 0.0)
    asked(signs, 4.0, answers=True)
    signs.asked(4.2)
    assert signs.is_due(3_600.0)
    signs.asked(3_600.0)
    signs.heard(3_600.1)
    assert signs.answer(3_600.1)
    assert signs.complete_until <= 4.51
    signs.heard(3_600.2)
    assert signs.answer(3_600.2)
    assert signs.complete_until == 3_600.2


def test_an_answer_that_nobody_asked_for_is_none() -> None:
    assert not SignsOfLife(2.0, 4.5, 0.0).answer(1.0)
