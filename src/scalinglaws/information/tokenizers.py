"""Measure a text: how a byte-pair encoding cuts it up, and how small compressors make it.

Every figure is a count of this text, or follows from such counts by the definitions of `rates`.
"""

import bz2
import gzip
import json
import lzma
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np

from scalinglaws.errors import ScalingLawsError
from scalinglaws.information.rates import BIT, BYTE, TOKEN, Bit, Rate, Text, Token

# The compressors of the standard library at their strongest setting.
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda raw: gzip.compress(raw, 9, mtime=0),
    "bz2": lambda raw: bz2.compress(raw, 9),
    "lzma": lambda raw: lzma.compress(raw, filters=[_lzma(len(raw))]),
}


def _lzma(length: int) -> dict[str, int]:
    # A dictionary larger than the text finds nothing more, and takes long to set up.
    strongest = 9 | lzma.PRESET_EXTREME
    size = min(max(length, 4096), 2**26)
    return {"id": lzma.FILTER_LZMA2, "preset": strongest, "dict_size": size}


_BYTES = 256  # a byte-level encoding starts from these


@dataclass(frozen=True)
class Encoding:
    """What a byte-pair encoding makes of a text that it was not trained on.

    Attributes
    ----------
    vocabulary : int
        Different tokens that the encoding has.
    tokens : int
        Tokens of the text.
    text : Text
        Characters per token, bytes per character and tokens per word of the text.
    unigram : Rate
        Entropy of the tokens' frequencies, as if each came independently of the others, bits per
        token.

    Examples
    --------
    >>> encoding = Encoding(1024, 250, Text(chars_per_token=4.0), Rate(8.0, BIT, TOKEN))
    >>> encoding.ratio, encoding.unigram.to(BYTE, encoding.text)
    (0.5, 2.0 bits/byte)
    """

    vocabulary: int
    tokens: int
    text: Text
    unigram: Rate[Bit, Token]

    @property
    def ratio(self) -> float:
        """Size of the text stored as tokens of 16 bits, over its size in bytes."""
        return 2.0 / float(self.text.per_token(BYTE))


def split(text: str, every: int = 5) -> tuple[str, str]:
    r"""Return a text without every `every`-th paragraph, and those paragraphs.

    Parameters
    ----------
    text : str
        Paragraphs, parted by empty lines.
    every : int
        At least 2, and at most the number of paragraphs.

    Returns
    -------
    kept, held : str
        The two parts, their paragraphs in the order of the text.

    Raises
    ------
    ScalingLawsError
        If the text has too few paragraphs for both parts, or `every` is below 2.

    Examples
    --------
    >>> split("one" "\n\n" "two" "\n\n" "three" "\n\n" "four", every=2)
    ('one\n\nthree', 'two\n\nfour')
    """
    paragraphs = text.strip().split("\n\n")
    if every < 2 or len(paragraphs) < every:
        raise ScalingLawsError(
            f"A text of {len(paragraphs)} paragraphs cannot be split by every {every}th; expected "
            "at least 2 and as many paragraphs. Give a longer text, or a smaller number."
        )
    held = set(range(every - 1, len(paragraphs), every))
    parts = ([p for i, p in enumerate(paragraphs) if (i in held) is kept] for kept in (False, True))
    first, second = ("\n\n".join(part) for part in parts)
    return first, second


def encodings(training: str, measured: str, vocabularies: Sequence[int]) -> list[Encoding]:
    """Train byte-level byte-pair encodings on one text and measure another with them.

    Parameters
    ----------
    training, measured : str
        Prose, neither of them empty.
    vocabularies : sequence of int
        Different tokens of each encoding, at least 256; a short text may not fill a large one.

    Returns
    -------
    list of Encoding
        In the order of `vocabularies`. Training goes one merge at a time, so a smaller encoding is
        the beginning of a larger one.

    Raises
    ------
    ScalingLawsError
        If a vocabulary is smaller than the bytes it starts from, or a text is empty.
    ImportError
        If the package `tokenizers`, which does the training, is not installed.

    Examples
    --------
    A word repeated 40 times becomes one token, and 256 tokens are the bytes:

    >>> repeated = " entropy" * 40
    >>> [each.tokens for each in encodings(repeated, repeated, [256, 300])]  # doctest: +SKIP
    [320, 40]
    """
    if not training.strip() or not measured.strip():
        raise ScalingLawsError("A text to train on or to measure is empty; give some prose.")
    for size in vocabularies:
        if size < _BYTES:
            raise ScalingLawsError(
                f"A vocabulary of {size} was asked for; the encoding starts from the {_BYTES} "
                f"bytes. Give at least {_BYTES}."
            )
    sizes = [int(size) for size in vocabularies]
    vocabulary, merges = _trained(training, max(sizes, default=_BYTES))
    return [_encoding(vocabulary, merges, size, measured) for size in sizes]


def compressed(text: str, lengths: Sequence[int]) -> dict[str, list[float]]:
    """Return what compressors make of the beginnings of a text, bits per character, by name.

    Parameters
    ----------
    text : str
        Compressed as UTF-8.
    lengths : sequence of int
        Characters from the start, from 1 to the text's length.

    Returns
    -------
    dict
        For gzip, bz2 and lzma a list of float, one for each length: bits per character.

    Raises
    ------
    ScalingLawsError
        If a length is not among those.

    Examples
    --------
    Repetition goes to nothing as the text grows, the more slowly the larger the fixed cost:

    >>> bits = compressed("ab" * 5000, [10, 10_000])
    >>> {name: (short > 8, long < 0.1) for name, (short, long) in bits.items()}
    {'gzip': (True, True), 'bz2': (True, True), 'lzma': (True, True)}
    """
    for length in lengths:
        if not 1 <= length <= len(text):
            raise ScalingLawsError(
                f"The first {length} characters were asked for; the text has {len(text)}. "
                f"Ask for 1 to {len(text)}."
            )
    return {
        name: [8 * len(squeeze(text[:length].encode())) / length for length in lengths]
        for name, squeeze in COMPRESSORS.items()
    }


def _trained(training: str, size: int) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return the tokens, numbered as they were found, and the pairs merged, in their order."""
    # The library trains in threads of its own, and warns when the process forks afterwards.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import models, pre_tokenizers, trainers

    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer = _tokenizer(models.BPE())
    tokenizer.train_from_iterator(training.split("\n\n"), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [(left, right) for left, right in model["merges"]]


def _encoding(
    vocabulary: dict[str, int], merges: list[tuple[str, str]], size: int, measured: str
) -> Encoding:
    from tokenizers import models

    # Training goes one merge at a time, so a smaller encoding is the beginning of a larger one.
    known = {token: number for token, number in vocabulary.items() if number < size}
    done = list(takewhile(lambda pair: "".join(pair) in known, merges))
    identifiers = _tokenizer(models.BPE(known, done)).encode(measured).ids
    counts = np.bincount(identifiers)
    shares = counts[counts > 0] / counts.sum()
    return Encoding(
        vocabulary=len(known),
        tokens=len(identifiers),
        text=Text(
            chars_per_token=len(measured) / len(identifiers),
            bytes_per_char=len(measured.encode()) / len(measured),
            tokens_per_word=len(identifiers) / len(measured.split()),
        ),
        unigram=Rate(-shares @ np.log2(shares), BIT, TOKEN),
    )


def _tokenizer(model: Any) -> Any:
    from tokenizers import Tokenizer, pre_tokenizers

    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer
