// Package dedup holds the global steps: those that compare documents with each
// other. Each of them sketches a document while the corpus streams by, resolves all
// sketches into clusters with sorted files on disk, and says which copy stays.
//
// The steps promise that what they decide depends on the documents and their order
// alone: not on the number of workers, and not on the memory that resolving may use.
package dedup
