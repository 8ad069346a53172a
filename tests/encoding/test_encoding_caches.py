"""Tokens and embeddings on the real base: the same whatever was cached and whoever came along."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pioneer.bases import Base, resolve
from pioneer.encoding import COUNTS, MAX_LENGTH, embed, threads, tokenise
from pioneer.encoding.batches import padded
from pioneer.encoding.encoder import frozen_encoder, load_encoder, save_encoder
from pioneer.errors import BaseModelError, StoreError

texts_ = st.lists(
    st.one_of(
        st.text(st.characters(), max_size=20),
        st.sampled_from(
            ["", "where is my parcel", "Where is my  parcel?", "📦", "\x00", "a " * 300]
        ),
    ),
    max_size=6,
)


@cache
def base() -> Base:
    return resolve("minilm")


def lists(tokens: Sequence[np.ndarray[tuple[int], np.dtype[np.int32]]]) -> list[list[int]]:
    return [one.tolist() for one in tokens]


# Tokens


@given(texts=texts_, known=texts_)
def test_tokens_do_not_depend_on_company_or_cache(texts: list[str], known: list[str]) -> None:
    alone = [lists(tokenise(base(), [text], None))[0] for text in texts]
    assert lists(tokenise(base(), texts, None)) == alone
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "cache"
        tokenise(base(), [*known, *texts[::2]], place)
        for _ in range(2):
            assert lists(tokenise(base(), texts, place)) == alone


def test_tokens_are_those_of_transformers() -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(base().path)
    texts = [
        "Where's my PARCEL?!",
        "",
        "naïve café",
        "包裹在哪里",
        "word " * 400,
        "unbelievableness",
    ]
    expected = theirs(texts, truncation=True, max_length=MAX_LENGTH)["input_ids"]
    assert lists(tokenise(base(), texts, None)) == expected


def test_every_text_has_a_token_and_none_more_than_the_limit() -> None:
    for limit in (8, MAX_LENGTH):
        tokens = tokenise(base(), ["", "\x00", "a b c " * 40_000], None, max_length=limit)
        assert all(1 <= len(one) <= limit for one in tokens)
        assert len(tokens[2]) == limit


def test_limits_and_bases_do_not_share_what_they_remember(tmp_path: Path) -> None:
    other = replace(base(), sha256="f" * 64)
    tokenise(base(), ["a text"], tmp_path, max_length=16)
    before = COUNTS.tokenised
    tokenise(base(), ["a text"], tmp_path, max_length=8)
    tokenise(other, ["a text"], tmp_path, max_length=16)
    assert COUNTS.tokenised == before + 2
    assert len(list(tmp_path.glob("*.db"))) == 3


def test_what_is_known_is_not_tokenised_again(tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(30)]
    before = COUNTS.tokenised
    tokenise(base(), [*texts, *texts], tmp_path)
    assert COUNTS.tokenised == before + 30
    tokenise(base(), texts[::-1], tmp_path)
    assert COUNTS.tokenised == before + 30
    tokenise(base(), [*texts, "new"], tmp_path)
    assert COUNTS.tokenised == before + 31


def test_a_base_without_a_readable_tokenizer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(BaseModelError, match="cannot read the tokenizer"):
        tokenise(replace(base(), path=tmp_path), ["a"], None)


# Embeddings


@pytest.mark.slow
@settings(max_examples=12)
@given(texts=texts_, known=texts_)
def test_vectors_do_not_depend_on_company_or_cache(texts: list[str], known: list[str]) -> None:
    with threads(1):
        alone = [embed(base(), [text], None)[0] for text in texts]
        together = embed(base(), [*known, *texts], None)[len(known) :]
        assert np.array_equal(together, np.array(alone, np.float32).reshape(-1, base().hidden))
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "cache"
            embed(base(), [*known, *texts[::2]], place)
            for _ in range(2):
                assert np.array_equal(embed(base(), texts, place), together)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3])
def test_vectors_do_not_depend_on_the_size_of_their_batch(count: int) -> None:
    texts = [f"order number {n}" for n in range(97)] + ["hm"] * 3 + ["a longer text " * 15] * 3
    with threads(count):
        together = embed(base(), texts, None)
        for part in (slice(0, 1), slice(5, 7), slice(40, 57), slice(97, 98), slice(102, 103)):
            assert np.array_equal(embed(base(), texts[part], None), together[part])


@pytest.mark.slow
def test_vectors_are_the_mean_of_the_real_tokens_and_of_length_1() -> None:
    from transformers import AutoModel, AutoTokenizer

    texts = ["where is my parcel", "I want my money back, please", ""]
    tokenizer, model = (each.from_pretrained(base().path) for each in (AutoTokenizer, AutoModel))
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.inference_mode():
        states = model.eval()(**batch).last_hidden_state
    real = batch["attention_mask"][..., None]
    mean = ((states * real).sum(1) / real.sum(1)).numpy()
    expected = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    assert embed(base(), texts, None) == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_padding_changes_no_vector_beyond_rounding() -> None:
    tokens = tokenise(base(), ["short", "a text that is a good deal longer"], None)
    encoder = frozen_encoder(base().path)
    with torch.inference_mode():
        both = encoder(*padded(tokens, torch.device("cpu")))
        alone = encoder(*padded(tokens[:1], torch.device("cpu")))
    assert torch.allclose(both[0], alone[0], atol=1e-5)


@pytest.mark.slow
def test_learning_sees_a_mixed_batch_as_it_is() -> None:
    """A long row among short ones goes by itself; vectors and gradients are the same."""
    texts = [
        "short",
        "a good deal longer " * 40,
        "two words",
        "longer " * 50,
        "of medium length " * 12,
    ]
    ids, mask = padded(tokenise(base(), texts, None), torch.device("cpu"))
    encoder = load_encoder(base().path)
    with torch.no_grad():
        together = encoder(ids, mask)
    apart = encoder(ids, mask)
    assert torch.allclose(apart, together, atol=1e-5)
    weight = next(iter(encoder.layers()[0].parameters()))
    told = [
        torch.autograd.grad((each**2)[:, 0].sum(), weight, retain_graph=True)[0]
        for each in (apart, encoder._means(ids, mask))
    ]
    assert torch.allclose(*told, atol=1e-5)


@pytest.mark.slow
def test_what_is_known_is_not_embedded_again_and_progress_is_told(tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(20)]
    shares: list[float] = []
    before = COUNTS.embedded
    first = embed(base(), [*texts, *texts], tmp_path, progress=shares.append)
    assert COUNTS.embedded == before + 20
    assert shares == [1.0]
    assert np.array_equal(embed(base(), texts[::-1], tmp_path), first[:20][::-1])
    assert COUNTS.embedded == before + 20


def test_no_texts_are_no_vectors(tmp_path: Path) -> None:
    assert embed(base(), [], tmp_path).shape == (0, base().hidden)
    assert tokenise(base(), [], tmp_path) == []


@pytest.mark.slow
def test_a_damaged_cache_is_refused_and_one_that_is_gone_is_made_anew(tmp_path: Path) -> None:
    vectors = embed(base(), ["a", "b"], tmp_path)
    file = next(tmp_path.glob("vectors-*.db"))
    content = file.read_bytes()
    file.write_bytes(b"\xff" * len(content))
    with pytest.raises(StoreError, match=r"vectors-.*\.db: cache: .*delete this cache file"):
        embed(base(), ["a", "b"], tmp_path)
    file.unlink()
    assert np.array_equal(embed(base(), ["a", "b"], tmp_path), vectors)


EMBED = """
import hashlib, sys
from pathlib import Path
from pioneer.bases import resolve
from pioneer.encoding import COUNTS, embed, threads
texts = [f"order number {n}" for n in range(120)]
with threads(1):
    for start in range(0, 120, 10):
        vectors = embed(resolve("minilm"), texts[start:start + 10], Path(sys.argv[1]))
    print(hashlib.sha256(embed(resolve("minilm"), texts, Path(sys.argv[1])).tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_two_processes_fill_one_cache_with_the_same_vectors(tmp_path: Path) -> None:
    command = [sys.executable, "-c", EMBED, str(tmp_path / "cache")]
    team = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = {process.communicate(timeout=120)[0] for process in team}
    with threads(1):
        alone = embed(base(), [f"order number {n}" for n in range(120)], None)
        before = COUNTS.embedded, COUNTS.tokenised
        shared = embed(base(), [f"order number {n}" for n in range(120)], tmp_path / "cache")
    assert (COUNTS.embedded, COUNTS.tokenised) == before
    assert np.array_equal(shared, alone)
    assert len(told) == 1


# The encoder itself


@pytest.mark.slow
def test_an_encoder_is_saved_as_transformers_and_we_read_it(tmp_path: Path) -> None:
    from transformers import AutoModel

    encoder = load_encoder(base().path)
    with torch.no_grad():
        next(encoder.parameters()).add_(0.01)
    save_encoder(encoder, tmp_path / "encoder")
    ids = torch.tensor([[101, 2073, 2003, 102]])
    with torch.inference_mode():
        ours = load_encoder(tmp_path / "encoder")(ids)
        theirs = AutoModel.from_pretrained(tmp_path / "encoder").eval()(ids).last_hidden_state
        assert torch.equal(ours, encoder(ids))
        assert torch.allclose(theirs.mean(1), ours, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_an_encoder_that_lacks_a_file_is_refused(missing: str, tmp_path: Path) -> None:
    save_encoder(load_encoder(base().path), tmp_path / "encoder")
    (tmp_path / "encoder" / missing).unlink()
    with pytest.raises(BaseModelError, match="cannot load the encoder"):
        load_encoder(tmp_path / "encoder")


@pytest.mark.slow
def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    save_encoder(load_encoder(base().path), tmp_path / "encoder")
    weights = {name: each.clone() for name, each in load_encoder(base().path).state_dict().items()}
    torch.save(weights, tmp_path / "encoder" / "pytorch_model.bin")
    (tmp_path / "encoder" / "model.safetensors").unlink()
    with pytest.raises(BaseModelError, match="cannot load the encoder"):
        load_encoder(tmp_path / "encoder")


@pytest.mark.slow
def test_weights_that_were_cut_are_refused(tmp_path: Path) -> None:
    save_encoder(load_encoder(base().path), tmp_path / "encoder")
    file = tmp_path / "encoder" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(BaseModelError, match="cannot load the encoder"):
        load_encoder(tmp_path / "encoder")


def test_threads_are_put_back() -> None:
    before = torch.get_num_threads()
    with threads(1):
        assert torch.get_num_threads() == 1
        with threads(0):
            assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
