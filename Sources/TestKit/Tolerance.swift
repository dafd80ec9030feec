/// Comparison of numbers with the tolerance that the test states.
public enum Tolerance {
    /// Whether two numbers agree to `tolerance`, relative to the larger, or absolutely below 1; two NaN agree.
    public static func agrees(_ found: Double?, _ expected: Double?, _ tolerance: Double) -> Bool {
        guard let found, let expected else { return found == nil && expected == nil }
        if found.isNaN || expected.isNaN { return found.isNaN && expected.isNaN }
        if found == expected { return true }
        return (found - expected).magnitude <= tolerance * max(1, found.magnitude, expected.magnitude)
    }

    /// Whether two lists of equal length agree number by number.
    public static func agrees(_ found: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
        found.count == expected.count && zip(found, expected).allSatisfy { agrees($0, $1, tolerance) }
    }

    /// Whether `found` is within `tolerance` of `expected`, relative to `expected`, however small.
    public static func isRelativelyClose(_ found: Double, _ expected: Double, _ tolerance: Double) -> Bool {
        found == expected || (found - expected).magnitude <= tolerance * expected.magnitude
    }
}
