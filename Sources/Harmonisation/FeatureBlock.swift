import Federation

/// Neighbouring feature columns, few enough for what is summed over rows to stay in the first cache.
///
/// The loops over one row take pointers: with bounds checks they do not vectorise, which costs a factor of four.
enum FeatureBlock {
    /// Columns of a block.
    static let width = 256

    /// The blocks of `count` columns.
    static func all(_ count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: width).map { $0..<min($0 + width, count) }
    }

    /// `terms = source * scales`, and what is smallest and largest so far; NaN is neither.
    @inline(never)
    static func scale(
        _ source: UnsafePointer<Double>, by scales: UnsafePointer<Double>, into terms: UnsafeMutablePointer<Double>,
        smallest: UnsafeMutablePointer<Double>, largest: UnsafeMutablePointer<Double>, count: Int
    ) {
        for index in 0..<count {
            let value = source[index]
            smallest[index] = value < smallest[index] ? value : smallest[index]
            largest[index] = value > largest[index] ? value : largest[index]
            terms[index] = value * scales[index]
        }
    }

    /// `deviations = source * scales - means`, and their squares.
    @inline(never)
    static func centre(
        _ source: UnsafePointer<Double>, scales: UnsafePointer<Double>, means: UnsafePointer<Double>,
        into deviations: UnsafeMutablePointer<Double>, squares: UnsafeMutablePointer<Double>, count: Int
    ) {
        for index in 0..<count {
            let deviation = source[index] * scales[index] - means[index]
            deviations[index] = deviation
            squares[index] = deviation * deviation
        }
    }

    /// `terms = source * factor`
    @inline(never)
    static func multiply(
        _ source: UnsafePointer<Double>, by factor: Double, into terms: UnsafeMutablePointer<Double>, count: Int
    ) {
        for index in 0..<count { terms[index] = factor * source[index] }
    }

    /// `fitted += factor * effects`
    @inline(never)
    static func addEffects(
        _ effects: UnsafePointer<Double>, times factor: Double, to fitted: UnsafeMutablePointer<Double>, count: Int
    ) {
        for index in 0..<count { fitted[index] += factor * effects[index] }
    }

    /// `fitted = start + first * one + second * other`
    @inline(never)
    static func predict(
        _ start: UnsafePointer<Double>, _ one: UnsafePointer<Double>, times first: Double,
        _ other: UnsafePointer<Double>, times second: Double, into fitted: UnsafeMutablePointer<Double>, count: Int
    ) {
        for index in 0..<count { fitted[index] = start[index] + first * one[index] + second * other[index] }
    }

    /// `fitted` becomes the standardised value, 0 where it is missing; counts those that are there, and widens the ranges.
    @inline(never)
    static func standardise(
        _ source: UnsafePointer<Double>, deviation: UnsafePointer<Double>, fitted: UnsafeMutablePointer<Double>,
        present: UnsafeMutablePointer<Double>, smallest: UnsafeMutablePointer<Double>,
        largest: UnsafeMutablePointer<Double>, count: Int
    ) {
        for index in 0..<count {
            let raw = source[index]
            smallest[index] = raw < smallest[index] ? raw : smallest[index]
            largest[index] = raw > largest[index] ? raw : largest[index]
            let value = (raw - fitted[index]) / deviation[index]
            fitted[index] = value.isNaN ? 0 : value
            present[index] += value.isNaN ? 0 : 1
        }
    }

    /// `fitted` becomes the squared distance of the standardised value from `centre`, 0 where it is missing.
    @inline(never)
    static func squareDistance(
        _ source: UnsafePointer<Double>, deviation: UnsafePointer<Double>, centre: UnsafePointer<Double>,
        fitted: UnsafeMutablePointer<Double>, count: Int
    ) {
        for index in 0..<count {
            let value = (source[index] - fitted[index]) / deviation[index] - centre[index]
            fitted[index] = value.isNaN ? 0 : value * value
        }
    }

    /// Takes a batch's location and scale off, where `isAdjusted` is 1.
    @inline(never)
    static func adjust(
        _ values: UnsafeMutablePointer<Double>, fitted: UnsafePointer<Double>, deviation: UnsafePointer<Double>,
        location: UnsafePointer<Double>, root: UnsafePointer<Double>, isAdjusted: UnsafePointer<Double>, count: Int
    ) {
        for index in 0..<count {
            let value = values[index]
            let standardised = (value - fitted[index]) / deviation[index]
            let adjusted = (standardised - location[index]) / root[index]
            let moved = adjusted * deviation[index] + fitted[index]
            values[index] = isAdjusted[index] == 1 ? moved : value
        }
    }

    /// Largest absolute values, and NaN in `flags` where a value is not finite.
    @inline(never)
    static func survey(
        _ source: UnsafePointer<Double>, largest: UnsafeMutablePointer<Double>, flags: UnsafeMutablePointer<Double>,
        count: Int
    ) {
        for index in 0..<count {
            let value = source[index].magnitude
            largest[index] = value > largest[index] ? value : largest[index]
            flags[index] += value - value
        }
    }
}

/// Doubles at a fixed address, for loops that take pointers.
final class DoubleRow {
    let start: UnsafeMutablePointer<Double>
    let count: Int

    init(_ count: Int, repeating value: Double = 0) {
        self.count = count
        start = .allocate(capacity: max(count, 1))
        start.initialize(repeating: value, count: max(count, 1))
    }

    convenience init(_ values: some Collection<Double>) {
        self.init(values.count)
        for (index, value) in values.enumerated() { start[index] = value }
    }

    func fill(_ value: Double) { start.update(repeating: value, count: count) }

    deinit { start.deallocate() }
}
