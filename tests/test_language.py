from __future__ import annotations

import pytest

from rag.text.language import detect

ENGLISH = [
    "Did Ghani meet Biden in Kabul?",
    "Who is Bismillah Mohammadi?",
    "When did Zaranj fall?",
    "Who captured Sar-e-Pul?",
    "How many people fled Lashkar Gah?",
    "Is Rio de Janeiro flooded?",
    "Did Le Pen win in Paris?",
    "What is Die Welt?",
    "Who owns La Vanguardia and El País?",
    "Name the defence minister.",
    "Who is Juan Carlos de la Cruz?",
    "Was Jean-Claude Juncker in Luxembourg on Monday?",
    "What did Recep Tayyip Erdoğan tell Der Spiegel?",
    "Is São Paulo's mayor Brazilian?",
    "Where did the ferry run aground?",
]
OTHERS = [
    ("¿Quién capturó Kunduz?", "es"),
    ("Quien tomó la ciudad de Kandahar?", "es"),
    ("Cuántos soldados murieron en Kunduz?", "es"),
    ("Wer hat Kundus erobert?", "de"),
    ("Warum ist der Minister zurückgetreten?", "de"),
    ("Quelle ville a été prise en premier?", "fr"),
    ("Qui a pris Kandahar et quand?", "fr"),
    ("Chi ha conquistato Herat?", "it"),
    ("Quem capturou Cabul?", "pt"),
    ("Hoeveel mensen zijn gevlucht?", "nl"),
    ("Hur många människor dog i olyckan?", "sv"),
    ("Kto zdobył Kunduz?", "pl"),
    ("Kunduzu kim ele geçirdi?", "tr"),
    ("Siapa yang merebut kota itu?", "id"),
    ("Кто захватил Кундуз?", "ru"),
    ("Хто захопив місто і коли?", "uk"),
    ("谁占领了昆都士?", "zh"),
    ("誰がクンドゥズを占領しましたか", "ja"),
    ("من سيطر على قندوز؟", "ar"),
    ("Πόσοι πέθαναν;", "el"),
    ("कुंदुज पर किसने कब्जा किया?", "hi"),
]
UNSURE = ["", "  ", "42", "?!", "Kunduz", "Taliban Kunduz Herat", "Ashraf Ghani", "El Salvador", "https://a.example/b"]


@pytest.mark.parametrize("question", ENGLISH)
def test_english_questions_full_of_foreign_names_are_never_called_foreign(question: str) -> None:
    assert detect(question) in ("en", None)


@pytest.mark.parametrize(("question", "code"), OTHERS)
def test_questions_in_other_languages_are_recognised(question: str, code: str) -> None:
    assert detect(question) == code


@pytest.mark.parametrize("text", UNSURE)
def test_what_cannot_be_told_is_not_guessed(text: str) -> None:
    assert detect(text) is None


def test_paragraphs() -> None:
    assert detect("The ferry ran aground on Tuesday, and all 212 passengers were brought ashore, police said.") == "en"
    assert detect("Die Fähre lief am Dienstag auf Grund, alle 212 Passagiere wurden an Land gebracht.") == "de"
    assert detect("Si tienes alguna pista sobre esta noticia, no dudes en escribirnos a esta dirección.") == "es"


def test_plain_english_does_not_need_the_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("loaded the classifier")

    monkeypatch.setattr("rag.text.language._classifier", refuse)
    assert detect("How many soldiers were killed in the city?") == "en"
