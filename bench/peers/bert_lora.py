"""The training step of bench/bert.mjs in PyTorch with PEFT: one request a line on stdin, one answer a line on stdout.

Request {"layers", "hidden", "heads", "length", "batch", "rank", "steps"}; answer {"seconds", "losses"}. The encoder has
random weights of BERT's shape: only its size decides the time."""

import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import BertConfig, BertModel

CLASSES = 2
VOCABULARY = 30522
torch.set_num_threads(1)


class Pair(torch.nn.Module):
    """One encoder with adapters and the heads of both parties on its mean-pooled last hidden state."""

    def __init__(self, work):
        super().__init__()
        config = BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=work["hidden"],
            num_hidden_layers=work["layers"],
            num_attention_heads=work["heads"],
            intermediate_size=4 * work["hidden"],
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        lora = LoraConfig(r=work["rank"], lora_alpha=2 * work["rank"], target_modules=["query", "value"], lora_dropout=0.0)
        self.encoder = get_peft_model(BertModel(config, add_pooling_layer=False), lora)
        self.heads = torch.nn.ModuleList([torch.nn.Linear(work["hidden"], CLASSES) for _ in range(2)])

    def forward(self, ids, mask, head):
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = (hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
        return self.heads[head](pooled)


def prepare(work):
    torch.manual_seed(1)
    model = Pair(work)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=2e-4)
    shape = (work["batch"], work["length"])
    batches = [
        (torch.randint(1000, VOCABULARY, shape), torch.ones(shape), torch.randint(0, CLASSES, (work["batch"],)))
        for _ in range(2)
    ]

    def step():
        optimizer.zero_grad()
        losses = [
            torch.nn.functional.cross_entropy(model(ids, mask, head), labels)
            for head, (ids, mask, labels) in enumerate(batches)
        ]
        sum(losses).backward()
        optimizer.step()
        return [loss.item() for loss in losses]

    return step


def main():
    prepared = {}
    for line in sys.stdin:
        request = json.loads(line)
        steps = request.pop("steps")
        key = json.dumps(request)
        if key not in prepared:
            prepared.clear()
            prepared[key] = prepare(request)
            prepared[key]()
        step = prepared[key]
        began = time.perf_counter()
        losses = [step() for _ in range(steps)]
        print(json.dumps({"seconds": time.perf_counter() - began, "losses": losses[-1]}), flush=True)


main()
