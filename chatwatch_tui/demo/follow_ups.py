"""What users of the simulated conversations ask next, whatever it was about."""

from __future__ import annotations

from chatwatch_tui.demo.script import Step, say, think, tool, user

FOLLOW_UPS: tuple[tuple[Step, ...], ...] = (
    (
        user("Can you put that into three short points?"),
        think("They want it shorter. Keep the figures, drop the reasoning."),
        say(
            "Sure:\n\n1. The cause is known, and it is not on your side.\n2. It needs one change."
            "\n3. Nothing else is affected; I looked at the last seven days.\n"
        ),
    ),
    (
        user("How certain are you?"),
        think("Be honest about what was checked and what was only inferred."),
        say(
            "Fairly. Two of the three facts come straight from the system; that they belong together is my conclusion. "
            "If you want to be sure before acting, compare the times: they should agree to within a minute."
        ),
    ),
    (
        user("Please write that down as a note for my colleagues."),
        tool("notes.create", {"title": "Summary", "visibility": "team"}, {"id": "note_318", "url": "/notes/318"}, 1.3),
        say(
            "Done: it is note 318, visible to your team. I left out names and addresses, and put the open question at "
            "the top so that nobody misses it."
        ),
    ),
    (
        user("Is there anything similar in the last month?"),
        think("Search the history by the same words, then by the same error. Do not stretch the likeness."),
        tool(
            "history.search", {"like": "this", "days": 30, "limit": 50}, {"found": 3, "scores": [0.91, 0.74, 0.7]}, 2.6
        ),
        say(
            "Three cases come close, only the first is really alike:\n\n- **4 November**, same cause, solved within an "
            "hour\n- 29 October, same words, another cause\n- 21 October, a question only\n\nThe first was closed "
            "with the same change that I suggested above."
        ),
    ),
    (
        user("What would it look like as JSON?"),
        say(
            '```json\n{\n  "status": "proposed",\n  "steps": ["check", "change", "verify"],\n  "risk": "low",\n'
            '  "reviewed_by": null\n}\n```\n\nThe field `reviewed_by` stays empty until one of you has agreed.'
        ),
    ),
    (
        user("Thanks! One more thing: who has to know about it?"),
        think("The owner of the service and whoever is on call. Look up both rather than guess."),
        tool(
            "directory.lookup",
            {"service": "this", "roles": ["owner", "on-call"]},
            {"owner": "team-a", "on_call": 2},
            0.7,
        ),
        say(
            "The owning team and the two people on call today. I can draft the message; you decide whether it goes out."
        ),
    ),
)
"""Each without `DONE`."""
