"""Text in, tokens or sentence embeddings out; each text is worked on once and then remembered."""

from pioneer.encoding.counts import COUNTS, Counts
from pioneer.encoding.embeddings import embed
from pioneer.encoding.steady import steady
from pioneer.encoding.threads import threads
from pioneer.encoding.tokens import MAX_LENGTH, length_limit, tokenise

__all__ = ["COUNTS", "MAX_LENGTH", "Counts", "embed", "length_limit", "threads", "tokenise"]

steady()
