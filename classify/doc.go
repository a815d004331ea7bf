// Package classify reads, writes, trains and evaluates linear text classifiers in
// the file format of fastText, names the language of a text, and holds the steps
// that use them.
//
// A model file, all integers and floats little-endian, written without padding:
//
//	+----------------+---------------------------------------------------------+
//	| i32 magic      | 793712314                                               |
//	| i32 version    | 11 or 12                                                |
//	| 12 x i32       | dim, ws, epoch, minCount, neg, wordNgrams, loss, model, |
//	|                | bucket, minn, maxn, lrUpdateRate                        |
//	| f64            | t                                                       |
//	| 3 x i32        | entries, words, labels                                  |
//	| i64, i64       | training tokens, pruned rows (-1: never pruned)         |
//	| entries        | bytes of the word, 0x00, i64 count, u8 type             |
//	| pruned rows    | i32 bucket, i32 row behind the words                    |
//	| u8             | 1 where the input matrix is quantised                   |
//	| input matrix   | one row for each word, then one for each bucket         |
//	| u8             | 1 where the output matrix is quantised                  |
//	| output matrix  | one row for each label                                  |
//	+----------------+---------------------------------------------------------+
//
// A dense matrix is i64 rows, i64 columns and the rows as f32. A quantised one is
//
//	u8 norms, i64 rows, i64 columns, i32 size of codes, codes, quantiser,
//	and where norms is 1: one code per row, quantiser
//
// and a quantiser i32 dim, parts, width, width of the last part, and dim x 256
// centroids as f32: 256 of each part before the next part's.
//
// The layout, and what the original program does where its documentation is silent,
// is that of fastText at commit 1142dc4c, files src/fasttext.cc, dictionary.cc,
// args.cc, densematrix.cc, quantmatrix.cc, productquantizer.cc.
package classify
