// Package lm holds n-gram language models: it reads them from ARPA text and from
// KenLM's binary files, scores text as KenLM does, trains them, and cuts text into the
// pieces of a SentencePiece model.
//
// A model in memory is the image of a KenLM file with probing hash tables, whether it
// was read from one or built from ARPA text. All integers and floats are little-endian:
//
//	+-----------------+-------------------------------------------------------+
//	| 56 bytes        | "mmap lm http://kheafield.com/code format version 5"  |
//	|                 | with a line feed and zeros                            |
//	| 3 x f32         | 0, 1, -0.5                                            |
//	| 3 x u32, u64    | 1, 4294967295, 0; 1                                   |
//	| u8 + 3          | order                                                 |
//	| f32             | multiplier: buckets of a table for each entry         |
//	| u32             | kind: 0, probing                                      |
//	| u8 + 3          | 1 where the words stand at the end                    |
//	| u32             | version of the tables, 0                              |
//	| order x u64     | n-grams of each order; zeros to a multiple of 8       |
//	| u32, u32        | version of the vocabulary, 0; words with <unk>        |
//	| vocabulary      | buckets of u64 hash of a word, u32 number             |
//	| unigrams        | f32 log10 probability, f32 backoff, for each number   |
//	| each middle     | buckets of u64 key, f32 probability, f32 backoff      |
//	| longest n-grams | buckets of u64 key, f32 probability                   |
//	| words           | with a zero behind each, in the order of their        |
//	|                 | numbers, <unk> first                                  |
//	+-----------------+-------------------------------------------------------+
//
// A table of n entries has
// max(n+1, multiplier x n) buckets; an empty one has the key 0; an entry is in the first
// free bucket from key mod buckets on. The hash of a word is MurmurHash64A with the seed
// 0. The key of an n-gram begins with the number of its last word and takes in the
// others from right to left.
//
// The sign of a probability, which is never positive, says whether a longer n-gram ends
// in this one (clear) or none does (set). A backoff of -0 says that no n-gram begins
// with this one, so that it need not be remembered; +0 that one does.
//
// The layout is that of KenLM 0.3.0, files lm/binary_format.cc, vocab.cc,
// search_hashed.cc, model.cc and read_arpa.hh. Its other
// kinds of files, tries, plain and quantised, and tables with rest costs, are not read:
// Read refuses them by name.
package lm
