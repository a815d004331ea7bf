"""Writes the vectors that the tests of semantic read, with the programs that people
write such files with: python3 make.py (needs numpy, safetensors, tokenizers, model2vec)."""

import json

import numpy as np
from model2vec import StaticModel
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

rng = np.random.default_rng(5)
rows = rng.standard_normal((6, 3))
np.save("rows-f2.npy", rows.astype("<f2"))
np.save("rows-f4.npy", rows.astype("<f4"))
np.save("rows-f8.npy", rows)
np.save("rows-fortran.npy", np.asfortranarray(rows))
np.save("rows-big.npy", rows.astype(">f4"))
np.save("rows-flat.npy", rows.ravel())
json.dump(rows.tolist(), open("rows.json", "w"))

words = ["[PAD]", "[UNK]", "the", "mill", "river", "bread", "##s", "##ing", "grind", "gr", "##ound", "ü", "##ber"]
vectors = rng.standard_normal((len(words), 4)).astype("<f4")
tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]", max_input_chars_per_word=100))
tokenizer.normalizer = normalizers.Lowercase()
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tokenizer.save("tokenizer.json")
open("tokens.txt", "w").write("".join(w + "\n" for w in words))
save_file({"embeddings": vectors}, "static-f32.safetensors")
save_file({"embeddings": vectors.astype("<f2"), "other": vectors[:2]}, "static-f16.safetensors", {"made": "for tests"})
save_file({"matrix": vectors.astype("<f8")}, "static-f64.safetensors")
save_file({"a": vectors, "b": vectors}, "static-two.safetensors")

model = StaticModel(vectors, tokenizer, config={"normalize": False})
texts = ["The mills", "grinding bread", "the river ground the MILL", "über the river", "mill mill mill"]
json.dump([{"text": t, "vector": model.encode([t])[0].astype(float).tolist()} for t in texts], open("encoded.json", "w"))
