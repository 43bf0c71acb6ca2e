"""Parameters of the chapter on nats, bits, tokens and characters."""

from scalebook.chapters.common import LEVEL, RUNS, SEED
from scalebook.chapters.parameter import Parameter, at_most

PARAMETERS = (
    RUNS,
    Parameter(
        "drop_highest", int, 5, "runs", "number of highest losses left out of the fit", 0, 10**6,
        source="besiroglu2024, text on the fit",
    ),
    Parameter(
        "resamples", int, 400, "", "number of bootstrap resamples", 100, 10**4,
        source="our choice: what some seconds allow",
    ),
    SEED,
    LEVEL,
    Parameter(
        "chars_per_token", float, 4.0, "characters/token",
        "characters that a token of the training text stands for", 0.5, 20.0,
        source="our choice: a round number near what Kaplan et al. and MassiveText give",
    ),
    Parameter(
        "chars_per_token_low", float, 3.5, "characters/token",
        "low end of the range of characters per token", 0.5, 20.0,
        source="our choice: a judgement",
    ),
    Parameter(
        "chars_per_token_high", float, 4.5, "characters/token",
        "high end of the range of characters per token", 0.5, 20.0,
        source="our choice: a judgement",
    ),
    Parameter(
        "bytes_per_char", float, 1.0, "bytes/character",
        "bytes that a character of the training text takes", 1.0, 4.0,
        source="our choice: plain English text in UTF-8",
    ),
    Parameter(
        "tokens_per_word", float, 1.4, "tokens/word", "tokens that a word takes", 0.5, 20.0,
        source="kaplan2020, Section 6.3, footnote",
    ),
    Parameter(
        "params", float, 7e10, "params",
        "size of the run whose learning is bounded (Chinchilla's)", 1e3, 1e16,
        source="hoffmann2022, Section 4",
    ),
    Parameter(
        "tokens", float, 1.4e12, "tokens",
        "data of the run whose learning is bounded (Chinchilla's)", 1e3, 1e18,
        source="hoffmann2022, Section 4",
    ),
    Parameter(
        "vocabulary", int, 32000, "tokens",
        "different tokens; a model that knows nothing has a loss of the logarithm", 256, 10**7,
        source="our choice: the size of Chinchilla's tokenizer, from memory",
    ),
)  # fmt: skip

RELATIONS = (
    at_most("chars_per_token_low", "chars_per_token"),
    at_most("chars_per_token", "chars_per_token_high"),
)
