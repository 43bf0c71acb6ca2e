"""Tokenizers and compressors on texts whose answer is known."""

import lzma

import numpy as np
import pytest

from scalinglaws import datapackage
from scalinglaws.errors import ScalingLawsError
from scalinglaws.information import tokenizers
from scalinglaws.information.rates import BYTE, CHARACTER


def test_256_tokens_are_the_bytes():
    (encoding,) = tokenizers.encodings("abc " * 50, "an other text, with ümlauts", [256])
    assert encoding.tokens == len("an other text, with ümlauts".encode())
    assert float(encoding.text.per_token(BYTE)) == 1.0
    assert encoding.ratio == 2.0


def test_a_repeated_word_becomes_one_token():
    repeated = " entropy" * 40
    (encoding,) = tokenizers.encodings(repeated, repeated, [300])
    assert encoding.tokens == 40
    assert float(encoding.text.per_token(CHARACTER)) == 8.0
    assert encoding.text.tokens_per_word == 1.0
    assert float(encoding.unigram.value) == 0.0


def test_the_shipped_text_is_prose_and_larger_vocabularies_cut_it_longer():
    training, measured = tokenizers.split(datapackage.prose())
    encodings = tokenizers.encodings(training, measured, [256, 512, 1024, 2048])
    lengths = [float(e.text.per_token(CHARACTER)) for e in encodings]
    assert lengths == sorted(lengths)
    assert 3.0 < lengths[-1] < 4.5
    assert [e.vocabulary for e in encodings] == [256, 512, 1024, 2048]
    per_char = [float(e.unigram.to(CHARACTER, e.text).value) for e in encodings]
    assert per_char == sorted(per_char, reverse=True)


def test_a_smaller_encoding_is_the_same_alone_and_beside_a_larger_one():
    training, measured = tokenizers.split(datapackage.prose()[:40_000])
    together = tokenizers.encodings(training, measured, [300, 700, 1500])
    for encoding in together:
        (alone,) = tokenizers.encodings(training, measured, [encoding.vocabulary])
        assert (alone.tokens, alone.vocabulary) == (encoding.tokens, encoding.vocabulary)
        assert alone.unigram == encoding.unigram


def test_a_dictionary_of_the_texts_size_loses_nothing():
    raw = datapackage.prose().encode()
    strongest = lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME)
    assert len(tokenizers.COMPRESSORS["lzma"](raw)) == len(strongest)
    assert lzma.decompress(tokenizers.COMPRESSORS["lzma"](raw)) == raw


def test_splitting_keeps_every_paragraph_once():
    paragraphs = [f"paragraph {i}" for i in range(17)]
    kept, held = tokenizers.split("\n\n".join(paragraphs), every=4)
    assert held.split("\n\n") == paragraphs[3::4]
    assert sorted(kept.split("\n\n") + held.split("\n\n")) == sorted(paragraphs)


def test_compressors_find_repetition_and_not_randomness():
    noise = "".join(np.random.default_rng(1).choice(list("01"), 20000))
    bits = tokenizers.compressed(noise, [20000])
    assert set(bits) == {"gzip", "bz2", "lzma"}
    # A fair coin cannot be written in less than a bit.
    assert all(1.0 <= value[0] < 1.4 for value in bits.values())
    assert all(value[0] < 0.05 for value in tokenizers.compressed("ab" * 10000, [20000]).values())


def test_refusals():
    with pytest.raises(ScalingLawsError, match="at least 256"):
        tokenizers.encodings("abc", "abc", [100])
    with pytest.raises(ScalingLawsError, match="empty"):
        tokenizers.encodings("", "abc", [300])
    with pytest.raises(ScalingLawsError, match="Ask for 1 to 3"):
        tokenizers.compressed("abc", [4])
    with pytest.raises(ScalingLawsError, match="cannot be split"):
        tokenizers.split("one paragraph", every=5)
