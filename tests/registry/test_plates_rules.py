"""The nameplate's text: reads back what was written, survives retyping, gives nothing away to guessers."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules import plates
from registry.rules.plates import Plate, Verdict, plate_text, plate_url, read_text

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
KEYS = {"01": KEY, "02": OTHER}
DIGITS = st.text("0123456789", min_size=6, max_size=6)
PLATES = st.builds(Plate, DIGITS, DIGITS, st.integers(1, 999), st.sampled_from(sorted(KEYS)))
PLATE = Plate("320100", "035302", 1, "01")
TEXT = plate_text(PLATE, KEY)


@given(PLATES)
def test_what_was_written_is_read(plate):
    text = plate_text(plate, KEYS[plate.key_id])
    reading = read_text(text, KEYS)
    assert (reading.verdict, reading.plate, reading.text) == (Verdict.VALID, plate, text)


@given(PLATES, st.data())
def test_a_changed_character_never_stays_valid(plate, data):
    text = plate_text(plate, KEYS[plate.key_id])
    place = data.draw(st.sampled_from([i for i, c in enumerate(text) if c != "-"]))
    letter = data.draw(st.sampled_from([c for c in plates.ALPHABET if c != text[place]]))
    assert read_text(text[:place] + letter + text[place + 1 :], KEYS).verdict is not Verdict.VALID


@given(st.one_of(st.text(), st.text("0123456789-OIlu.", max_size=45), st.none(), st.binary()))
def test_any_input_gets_an_answer(hostile):
    assert read_text(hostile, KEYS).verdict in (Verdict.MALFORMED, Verdict.FORGED, Verdict.UNKNOWN_KEY)


@pytest.mark.parametrize(
    "typed",
    [
        TEXT.lower(),
        TEXT.replace("-", " "),
        TEXT.replace("-", ""),
        TEXT.replace("0", "o").replace("1", "l"),
        f" {TEXT} ",
    ],
)
def test_retyped_by_hand_it_is_the_same_plate(typed):
    assert read_text(typed, KEYS).text == TEXT
    assert read_text(typed, KEYS).verdict is Verdict.VALID


def test_an_old_key_reads_until_it_is_retired():
    assert read_text(TEXT, {"01": KEY}).verdict is Verdict.VALID
    assert read_text(TEXT, {"02": OTHER}).verdict is Verdict.UNKNOWN_KEY
    assert read_text(TEXT, {"01": OTHER}).verdict is Verdict.FORGED
    assert read_text(TEXT, {"01": b""}).verdict is Verdict.UNKNOWN_KEY


def test_guessing_finds_nothing(tried):
    """60 bits: a guess hits with 2^-60, so 10^5 guesses with 9 * 10^-14. At 100 guesses a second, which no rate limit
    allows, half the space takes 1.8 * 10^8 years; there is one right MAC for each plate, not one for all."""
    guess = random.Random(7)
    start = TEXT[: -plates.MAC_LENGTH]
    guesses = (start + "".join(guess.choices(plates.ALPHABET, k=plates.MAC_LENGTH)) for _ in range(100_000))
    assert sum(read_text(text, KEYS).verdict is not Verdict.FORGED for text in guesses) == 0
    tried("MAC guesses", 100_000)


@pytest.mark.parametrize("name", ["MP_verify_a1B2c3D4.txt", "Zk3xYq9LmN.txt", "320100035302001010000000000.txt"])
def test_wechats_check_file_is_never_a_plate(name):
    assert plates.is_check_file(name)
    assert read_text(name, KEYS).verdict is Verdict.MALFORMED
    assert not plates.is_check_file(TEXT)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (f"dt.example.cn/e/{TEXT}", TEXT),
        (f" DT.example.cn / e / {TEXT} ", TEXT),
        (f"ｄｔ．example.cn／e／{TEXT}", TEXT),
        (f"/e/{TEXT}", TEXT),
        (f"//dt.example.cn/e/{TEXT}", TEXT),
        (f"evil.example/e/{TEXT}", ""),
        (f"dt.example.cn@evil.example/e/{TEXT}", ""),
        (f"ftp://dt.example.cn/e/{TEXT}", ""),
        (TEXT, ""),
    ],
)
def test_the_line_below_the_code_is_read_as_it_is_printed(line, text):
    assert plates.text_of_link(line, {"dt.example.cn"}) == text


def test_the_link_carries_the_text_and_only_our_hosts_are_read():
    link = plate_url("dt.example.cn", TEXT)
    assert link == f"https://dt.example.cn/e/{TEXT}"
    assert plates.text_of_link(link.upper(), {"dt.example.cn"}) == TEXT
    assert plates.text_of_link("https://dt.example.cn@evil.example/e/x", {"dt.example.cn"}) == ""
    with pytest.raises(ValueError):
        plate_url("dt.example.cn/evil", TEXT)


@pytest.mark.parametrize(
    "plate", [Plate("3201", "035302", 1, "01"), Plate("320100", "٠٣٥٣٠٢", 1, "01"), Plate("320100", "035302", 0, "01")]
)
def test_a_plate_of_the_wrong_form_is_not_written(plate):
    with pytest.raises(ValueError):
        plate_text(plate, KEY)


def test_a_short_key_signs_nothing():
    with pytest.raises(ValueError):
        plate_text(PLATE, b"short")
