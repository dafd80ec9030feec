import Statistics

/// Divides values into classes, in ascending order of intensity.
package struct IntensityClasses: Equatable {
    /// Class of each value, from 0.
    package let classes: [Int]
    /// Mean of each class, NaN for a class without values.
    package let centres: [Double]

    /// Otsu's thresholds for several classes (Otsu 1979; Liao, Chen and Chung 2001): of all ways to cut the histogram the one with
    /// the largest variance between the classes; of several, the one with the lowest thresholds.
    ///
    /// - Parameters:
    ///   - values: not empty, finite.
    ///   - count: number of classes, at least 2.
    ///   - bins: equal bins from the lowest to the highest value; those of `skimage.filters.threshold_multiotsu` are 256.
    /// - Returns: nil with fewer distinct values than classes.
    package static func otsu(_ values: [Double], count: Int, bins: Int = 256) -> (
        classes: IntensityClasses, lastBins: [Int]
    )? {
        guard let low = values.min(), let high = values.max(), low < high, Set(values).count >= count else {
            return nil
        }
        let width = (high - low) / Double(bins)
        func edge(_ bin: Int) -> Double { bin == bins ? high : low + Double(bin) * width }
        let places = values.map { value in
            var bin = min(Int((value - low) / (high - low) * Double(bins)), bins - 1)
            // The quotient may round across an edge; the edges decide, as in numpy's `histogram`.
            if value < edge(bin) { bin -= 1 } else if bin + 1 < bins, value >= edge(bin + 1) { bin += 1 }
            return bin
        }
        var mass = [Double](repeating: 0, count: bins + 1)
        var moment = mass
        for place in places { mass[place + 1] += 1 }
        for bin in 0..<bins {
            moment[bin + 1] = moment[bin] + mass[bin + 1] * Double(bin)
            mass[bin + 1] += mass[bin]
        }
        func share(_ first: Int, _ end: Int) -> Double {
            let weight = mass[end] - mass[first]
            let sum = moment[end] - moment[first]
            return weight > 0 ? sum * sum / weight : 0
        }
        // Best sum over the last classes that begin at a bin, and where the first of them ends.
        var best = (0..<bins).map { share($0, bins) }
        var ends: [[Int]] = []
        for _ in 1..<count {
            var next = [Double](repeating: -.infinity, count: bins)
            var choice = [Int](repeating: bins - 1, count: bins)
            for first in 0..<bins {
                for end in first + 1..<max(bins, first + 1) where share(first, end) + best[end] > next[first] {
                    next[first] = share(first, end) + best[end]
                    choice[first] = end
                }
            }
            best = next
            ends.append(choice)
        }
        var begins: [Int] = []
        var first = 0
        for choice in ends.reversed() {
            first = choice[first]
            begins.append(first)
        }
        let classes = places.map { place in begins.reduce(0) { $0 + (place >= $1 ? 1 : 0) } }
        return (IntensityClasses(values, classes: classes, count: count), begins.map { $0 - 1 })
    }

    /// k-means (Lloyd 1982) of values in one or more dimensions, in at most `limit` rounds, until no value changes its class.
    ///
    /// The start is deterministic: the quantiles (i + 1/2) / k of each dimension. A value as near to two centres goes to
    /// the lower one; a centre that loses its values stays where it is.
    ///
    /// - Parameter dimensions: one array a dimension, of equal lengths, not empty.
    /// - Returns: Classes in ascending order of the centre in the first dimension; `centres` of each dimension.
    package static func kMeans(_ dimensions: [[Double]], count: Int, limit: Int = 1_000) -> (
        classes: [Int], centres: [[Double]]
    ) {
        var centres = dimensions.map { values in
            let sorted = values.sorted()
            return (0..<count).map { Quantile.linear(sorted, (Double($0) + 0.5) / Double(count)) }
        }
        let size = dimensions[0].count
        var classes = [Int](repeating: -1, count: size)
        for _ in 0..<limit {
            var isSettled = true
            var sums = dimensions.map { _ in [Double](repeating: 0, count: count) }
            var sizes = [Double](repeating: 0, count: count)
            for index in 0..<size {
                var (nearest, least) = (0, Double.infinity)
                for group in 0..<count {
                    var square = 0.0
                    for axis in dimensions.indices {
                        let difference = dimensions[axis][index] - centres[axis][group]
                        square += difference * difference
                    }
                    if square < least { (nearest, least) = (group, square) }
                }
                if classes[index] != nearest { isSettled = false }
                classes[index] = nearest
                sizes[nearest] += 1
                for axis in dimensions.indices { sums[axis][nearest] += dimensions[axis][index] }
            }
            for group in 0..<count where sizes[group] > 0 {
                for axis in dimensions.indices { centres[axis][group] = sums[axis][group] / sizes[group] }
            }
            if isSettled { break }
        }
        let order = (0..<count).sorted { (centres[0][$0], $0) < (centres[0][$1], $1) }
        var rank = [Int](repeating: 0, count: count)
        for (place, group) in order.enumerated() { rank[group] = place }
        return (classes.map { rank[$0] }, centres.map { axis in order.map { axis[$0] } })
    }

    /// Means of given classes.
    init(_ values: [Double], classes: [Int], count: Int) {
        var sums = [Double](repeating: 0, count: count)
        var sizes = sums
        for (value, group) in zip(values, classes) {
            sums[group] += value
            sizes[group] += 1
        }
        self.classes = classes
        centres = zip(sums, sizes).map { $0 / $1 }
    }
}
