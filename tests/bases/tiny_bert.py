"""A BERT of a few thousand random weights, written as real ones are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def tiny_bert(folder: Path, words: Iterable[str], seed: int = 0, positions: int = 512) -> Path:
    """Weights in safetensors, configuration and WordPiece tokenizer in a folder."""
    import torch
    from transformers import BertConfig, BertModel

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = [*SPECIAL, *sorted(set(words)), *"0123456789", *(f"##{n}" for n in range(10))]
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        max_position_embeddings=positions,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        BertModel(config).save_pretrained(folder)
    _tokenizer({word: at for at, word in enumerate(vocabulary)}).save(
        str(folder / "tokenizer.json")
    )
    return folder


def _tokenizer(vocabulary: dict[str, int]) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    return made


def files(folder: Path) -> dict[str, bytes]:
    """The folder's files, as a repository holds them."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def shards(content: dict[str, bytes]) -> dict[str, bytes]:
    """The same model with its weights in two files and an index, as large ones have it."""
    from safetensors.torch import load, save

    weights = load(content["model.safetensors"])
    names = sorted(weights)
    halves = {"a": names[: len(names) // 2], "b": names[len(names) // 2 :]}
    rest = {name: data for name, data in content.items() if name != "model.safetensors"}
    where = {name: f"model-{half}.safetensors" for half, some in halves.items() for name in some}
    written = {
        f"model-{half}.safetensors": save({n: weights[n] for n in some}, {"format": "pt"})
        for half, some in halves.items()
    }
    index = json.dumps({"metadata": {}, "weight_map": where}).encode()
    return rest | written | {"model.safetensors.index.json": index}
