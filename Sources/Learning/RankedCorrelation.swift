public import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Spearman's correlations from mid-ranks of bins, and intervals that hold those of the values for certain.
///
/// Let u be the centred mid-ranks of the bins of a feature and r = u + e the centred mid-ranks of its values. Bins follow each other as
/// values do, so that the ranks within a bin have the mean of its mid-rank: e sums to 0 over each bin and, u being constant there, is
/// orthogonal to u. Its square is at most E, the sum of (m^3 - m) / 12 over the bins of m cases that can have several values, reached by
/// distinct ones. So the angle between r and u is atan(|e| / |u|), at most phi = atan(sqrt(E) / |u|). Angles between vectors obey the
/// triangle inequality: with theta the angle between u_j and u_k, that of r_j and r_k lies within theta -+ (phi_j + phi_k), and its
/// cosine is the correlation. Where all cases are in one bin phi is a right angle, and nothing is known.
///
/// The bound is of the worst order within the bins, which aligns e_j with u_k and e_k with u_j. With n cases in bins of m, phi is about
/// sqrt(m^2 - 1) / n.
public struct RankedCorrelation: Sendable, Equatable {
    /// Correlations of the mid-ranks of the bins.
    public private(set) var binned: SymmetricMatrix
    /// Smallest correlation that the values can have.
    public private(set) var lower: SymmetricMatrix
    /// Largest.
    public private(set) var upper: SymmetricMatrix

    /// What rounding can add to a correlation.
    private static let rounding = 1e-12

    /// Bounds correlations.
    ///
    /// - Parameters:
    ///   - binned: of the mid-ranks.
    ///   - angles: phi of each feature, in radians.
    public init(_ binned: SymmetricMatrix, angles: [Double]) {
        precondition(binned.order == angles.count, "an angle for each feature")
        (self.binned, lower, upper) = (binned, binned, binned)
        for i in angles.indices {
            lower[i, i] = 1
            upper[i, i] = 1
            for j in i + 1..<max(angles.count, i + 1) {
                let theta = acos(min(max(binned[i, j], -1), 1))
                // Rounding of the cosine is a wider angle near 1.
                let reach = angles[i] + angles[j] + 4e-16 / max(sin(theta), 2e-8)
                lower[i, j] = max(-1, cos(min(.pi, theta + reach)) - Self.rounding)
                upper[i, j] = min(1, cos(max(0, theta - reach)) + Self.rounding)
            }
        }
    }

    /// Takes the correlations among some features from finer bins, and the narrower of both bounds.
    public mutating func refine(_ places: [Int], _ finer: RankedCorrelation) {
        precondition(places.count == finer.binned.order, "a place for each feature")
        for (i, first) in places.enumerated() {
            for (j, second) in places.enumerated() where i < j {
                lower[first, second] = max(lower[first, second], finer.lower[i, j])
                upper[first, second] = min(upper[first, second], finer.upper[i, j])
                // What decides lies within what is proved.
                binned[first, second] = min(max(finer.binned[i, j], lower[first, second]), upper[first, second])
            }
        }
    }

    /// Bounds of the absolute correlation.
    public func magnitude(_ first: Int, _ second: Int) -> (lower: Double, upper: Double) {
        let (low, high) = (lower[first, second], upper[first, second])
        return (low > 0 ? low : high < 0 ? -high : 0, max(low.magnitude, high.magnitude))
    }
}
