"""The network of every fine-tuned classifier: an encoder and a linear head on its unit vectors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pioneer.encoding.device import device
from pioneer.encoding.encoder import Encoder
from pioneer.families.classification.learners.head import Head


class Classifier(nn.Module):
    """Token ids -> logits. The head sees unit vectors, as the probe's does, so that a head
    fitted to cached embeddings is a starting point."""

    def __init__(self, encoder: Encoder, head: Head) -> None:
        super().__init__()
        self.encoder = encoder
        labels, hidden = head.weight.shape
        self.head = nn.Linear(hidden, labels, device=device())
        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(head.weight))
            self.head.bias.copy_(torch.from_numpy(head.bias))

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """[rows, tokens] -> [rows, labels]"""
        vectors = functional.normalize(self.encoder(input_ids, attention_mask), dim=-1)
        logits: Tensor = self.head(vectors)
        return logits

    def linear(self) -> Head:
        """The head as arrays."""
        weight, bias = self.head.weight.detach(), self.head.bias.detach()
        return Head(weight.cpu().numpy().astype(np.float32), bias.cpu().numpy().astype(np.float32))


def unfreeze(encoder: Encoder, frozen_layers: int = 0) -> list[nn.Parameter]:
    """Let the layers above the `frozen_layers` lowest learn, and nothing else; what learns.

    Token embeddings stay: few rows touch few of them, and they would double the optimizer's work.
    At least the top layer learns.
    """
    encoder.requires_grad_(False)
    layers = list(encoder.layers())
    learning = layers[min(frozen_layers, len(layers) - 1) :]
    return [weight for layer in learning for weight in layer.requires_grad_().parameters()]
