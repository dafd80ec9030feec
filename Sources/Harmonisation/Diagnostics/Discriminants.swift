import Federation
import LinearAlgebra

extension BatchProjections {
    /// Means of the batches on the components, and Fisher's linear discriminant of each batch against the rest.
    public struct Discriminants: Codable, Sendable, Equatable {
        /// Rows of each batch.
        public let sizes: [Double]
        /// Means of each batch on the components.
        public let means: [[Double]]
        /// Direction of each batch's discriminant, on the standardised features.
        public let directions: [[Double]]
        /// Projection at which the cells of each begin, and the width of a cell.
        public let origins, widths: [Double]
        /// Squared Mahalanobis distances of the batches' means, pair by pair.
        let distances: [BatchDiagnostics.Distance]
        /// Share of the variance that goes with the batch.
        let batchShare: Double

        /// Of no batch, for the catalogue.
        init() {
            (sizes, means, directions, origins, widths) = ([], [], [], [], [])
            (distances, batchShare) = ([], 0)
        }

        init(_ state: State, sizes: [Double], sums: [Double]) throws {
            let (p, axes) = (state.features.count, state.components.axes)
            let n = sizes.reduce(0, +)
            let k = Double(sizes.count)
            guard n > k + 4, sizes.count > 1 else {
                throw HarmonisationError.tooFewCases(cases: Int(n), needed: sizes.count + 4)
            }
            let means = sizes.indices.map { batch in
                axes.map { axis in
                    var sum = 0.0
                    for column in 0..<p { sum += axis[column] * sums[batch * p + column] }
                    return sum / sizes[batch]
                }
            }
            var within = SymmetricMatrix(
                order: axes.count, upper: [Double](repeating: 0, count: axes.count * (axes.count + 1) / 2))
            for i in axes.indices {
                for j in i..<axes.count {
                    let between = sizes.indices.reduce(0.0) { $0 + sizes[$1] * means[$1][i] * means[$1][j] }
                    within[i, j] = ((i == j ? n * state.components.values[i] : 0) - between) / (n - k)
                }
            }
            var batchVariance = 0.0
            for (axis, value) in state.components.values.enumerated() {
                batchVariance += value * Self.share(means.map { $0[axis] }, sizes, within: max(0, within[axis, axis]))
            }
            batchShare = batchVariance / state.components.total
            let factor = try Cholesky(within)
            func squared(_ difference: [Double]) -> Double {
                zip(difference, factor.solve(difference)).reduce(0) { $0 + $1.0 * $1.1 }
            }
            var distances: [BatchDiagnostics.Distance] = []
            for first in sizes.indices {
                for second in sizes.indices.dropFirst(first + 1) {
                    distances.append(
                        BatchDiagnostics.Distance(
                            batches: [state.batches[first], state.batches[second]],
                            squared: squared(zip(means[first], means[second]).map { $0 - $1 })))
                }
            }
            var (directions, origins, widths): ([[Double]], [Double], [Double]) = ([], [], [])
            for batch in sizes.indices {
                let rest = n - sizes[batch]
                // The mean of all rows is 0, so that the rest's is that of the batch, turned round and weighted.
                let other = means[batch].map { -$0 * sizes[batch] / rest }
                let difference = zip(means[batch], other).map { $0 - $1 }
                let weights = factor.solve(difference)
                directions.append(
                    (0..<p).map { column in
                        var sum = 0.0
                        for (axis, weight) in zip(axes, weights) { sum += weight * axis[column] }
                        return sum
                    })
                // In standard deviations within batches: both means and four on either side.
                let length = max(0, zip(weights, difference).reduce(0) { $0 + $1.0 * $1.1 })
                let deviation = length.squareRoot()
                let low = zip(weights, other).reduce(0) { $0 + $1.0 * $1.1 }
                origins.append(low - 4 * deviation)
                widths.append((length + 8 * deviation) / Double(BatchProjections.cells))
            }
            (self.sizes, self.means, self.directions) = (sizes, means, directions)
            (self.origins, self.widths, self.distances) = (origins, widths, distances)
        }

        /// Variance of a random batch effect over the sum with that within batches, by the analysis of variance.
        private static func share(_ means: [Double], _ sizes: [Double], within: Double) -> Double {
            let n = sizes.reduce(0, +)
            let k = Double(sizes.count)
            let grand = zip(sizes, means).reduce(0) { $0 + $1.0 * $1.1 } / n
            let between = zip(sizes, means).reduce(0) { $0 + $1.0 * ($1.1 - grand) * ($1.1 - grand) } / (k - 1)
            let size = (n - sizes.reduce(0) { $0 + $1 * $1 } / n) / (k - 1)
            let batch = max(0, (between - within) / size)
            return batch + within > 0 ? batch / (batch + within) : 0
        }

        /// Adds a batch's counts along all discriminants, and its products on the first two components.
        func add(
            _ place: Int, of source: some RowSource, at position: Int, state: State, to sums: inout [ExactSum]
        ) throws {
            let (k, p, cells) = (state.batches.count, state.features.count, BatchProjections.cells)
            guard directions.count == k, means.count == k else { throw HarmonisationError.columnsDiffer("(batches)") }
            let leading = state.components.axes.prefix(2)
            var counts = [[Int]](repeating: [Int](repeating: 0, count: cells), count: k)
            try source.forEachStandardised(of: place, state) { z in
                for batch in 0..<k {
                    let offset = (Self.product(directions[batch], z, p) - origins[batch]) / widths[batch]
                    // Without any difference of the batch all of its projections are the same.
                    let cell = widths[batch] > 0 ? min(max(offset, 0), Double(cells - 1)) : 0
                    counts[batch][Int(cell)] += 1
                }
                let scores = leading.enumerated().map { Self.product($1, z, p) - means[position][$0] }
                var term = 0
                for i in scores.indices {
                    for j in i..<scores.count {
                        sums[1].add(scores[i] * scores[j], at: position * 3 + term)
                        term += 1
                    }
                }
            }
            for batch in 0..<k {
                let group = batch == position ? 0 : 1
                let floored = FlooredCounts(counts[batch], minimum: state.minimum)
                for (placement, own) in floored.counts.enumerated() {
                    let start = ((batch * 2 + group) * FlooredCounts.placements + placement) * cells
                    for (cell, count) in own.enumerated() where count > 0 { sums[0].add(count, at: start + cell) }
                }
            }
        }

        static func product(_ axis: [Double], _ z: UnsafePointer<Double>, _ count: Int) -> Double {
            var sum = 0.0
            for column in 0..<count { sum += axis[column] * z[column] }
            return sum
        }
    }

    /// What the components show of the batches.
    public struct Result: Sendable, Equatable, Codable {
        /// Share of the variance that goes with the batch.
        public let batchShare: Double
        /// Distances between batches.
        public let distances: [BatchDiagnostics.Distance]
        /// Mean and spread of each batch on the first two components.
        public let centroids: [BatchDiagnostics.Centroid]
        /// Mean area under the curve of the discriminants, with the cases of a cell as ties.
        public let area: Double
        /// Interval that holds the mean area of the projections.
        public let areaInterval: [Double]
        /// The discriminants.
        let discriminants: Discriminants

        init(_ state: State, _ found: Discriminants, counts: [Double], products: [Double]) {
            (batchShare, distances, discriminants) = (found.batchShare, found.distances, found)
            let width = min(2, state.components.axes.count)
            centroids = state.batches.enumerated().map { place, batch in
                let degrees = max(1, found.sizes[place] - 1)
                return BatchDiagnostics.Centroid(
                    batch: batch, cases: Int(found.sizes[place]), mean: Array(found.means[place].prefix(width)),
                    covariance: products[place * 3..<place * 3 + width * (width + 1) / 2].map { $0 / degrees })
            }
            let cells = BatchProjections.cells
            func placed(_ batch: Int, _ group: Int, _ placement: Int) -> ArraySlice<Double> {
                let start = ((batch * 2 + group) * FlooredCounts.placements + placement) * cells
                return counts[start..<start + cells]
            }
            var sums = [0.0, 0, 0]
            for batch in state.batches.indices {
                sums[0] += Self.wins(placed(batch, 0, 1), placed(batch, 1, 1), ties: 0.5)
                sums[1] += Self.wins(placed(batch, 0, 0), placed(batch, 1, 2), ties: 0)
                sums[2] += Self.wins(placed(batch, 0, 2), placed(batch, 1, 0), ties: 1)
            }
            let means = sums.map { $0 / Double(state.batches.count) }
            area = means[0]
            areaInterval = [means[1], means[2]]
        }

        /// Share of pairs in which the batch's case is in the higher cell.
        private static func wins(_ own: ArraySlice<Double>, _ rest: ArraySlice<Double>, ties: Double) -> Double {
            var (below, pairs) = (0.0, 0.0)
            for (mine, theirs) in zip(own, rest) {
                pairs += mine * (below + ties * theirs)
                below += theirs
            }
            let total = own.reduce(0, +) * below
            return total > 0 ? pairs / total : 0.5
        }
    }
}
