"""What a quote holds back and a claim leaves out."""

import pytest

from rag.checking.hedges import hedge_dropped
from rag.text.reading import read


@pytest.mark.parametrize(
    ("claim", "quote", "question", "hedge"),
    [
        (
            "Sabotage, according to the harbour police.",
            "The harbour police said that it was not yet known why she sank and that sabotage could not be ruled out.",
            "Why did the barge sink?",
            "not yet known",
        ),
        ("A gas leak.", "A gas leak is suspected.", "What set off the blast?", "suspected"),
        (
            "Rosa Hale won 51 percent of the votes.",
            "Preliminary results gave Rosa Hale 51 percent of the votes.",
            "How many votes did Rosa Hale win?",
            "Preliminary results",
        ),
        (
            "Rosa Hale won 51 percent of the votes.",
            "Rosa Hale had 51 percent with 20 of 90 districts counted.",
            "How many votes did Rosa Hale win?",
            "with 20 of 90 districts counted",
        ),
        ("The crowd was 9,000.", "The crowd was estimated at 9,000.", "How large was the crowd?", "estimated"),
        # said once without it, said in another part of the sentence, or kept
        ("The crowd was 9,000.", "Police counted 9,000. The crowd was 9,000.", "How large was the crowd?", None),
        ("It burned for 6 hours.", "It burned for 6 hours, but the cause is not known.", "How long did it burn?", None),
        ("About 9,000 came.", "The crowd was estimated at 9,000.", "How many came?", None),
        ("A gas leak is suspected.", "A gas leak is suspected.", "What set off the blast?", None),
    ],
)
def test_a_hedge_on_what_the_claim_answers_is_told(claim: str, quote: str, question: str, hedge: str | None) -> None:
    assert hedge_dropped(read(claim), [read(quote)], read(question)) == hedge
