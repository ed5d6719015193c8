"""A tiny causal language model with random weights, and a tokenizer made here."""

import tokenizers
import torch
import transformers

from .asked import questions_about

CLASSES = ["human", "humanity", "location"]


def questions(*texts, **settings):
    """Questions about texts that the tiny model's labels answer."""
    ids = [str(i) for i in range(len(texts))]
    return questions_about(ids, texts, **{"instruction": "Which class?", "classes": CLASSES} | settings)


def write_tiny(path, *, hidden=32, heads=4, template=None):
    """Write weights and tokenizer to a folder; return it."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<end>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(["Which class? human location human location text number"] * 50, trainer)
    made = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    made.add_special_tokens({"eos_token": "<end>"})
    made.chat_template = template
    made.save_pretrained(path)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=2,
        num_attention_heads=heads,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        eos_token_id=0,
        bos_token_id=0,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(path)
    return path
