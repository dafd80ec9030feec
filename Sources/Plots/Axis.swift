#if canImport(Glibc)
    import Glibc
#endif

/// One axis: what it measures, from where to where, and the values that are written at it.
public struct Axis: Sendable, Equatable {
    /// What is measured, with its unit.
    public let label: String
    /// Smallest value that is drawn.
    public let lower: Double
    /// Largest value that is drawn; above `lower`.
    public let upper: Double
    /// Whether equal ratios are equally far apart.
    public let isLogarithmic: Bool
    /// The values that are written.
    public let ticks: [Double]

    /// An axis over a range; an empty range is widened by one half to both sides.
    ///
    /// - Parameter isLogarithmic: needs a positive range.
    public init(label: String, from lower: Double, to upper: Double, isLogarithmic: Bool = false) {
        precondition(lower.isFinite && upper.isFinite && upper >= lower, "a range of finite numbers")
        precondition(!isLogarithmic || lower > 0, "a logarithmic axis needs positive numbers")
        let isEmpty = upper == lower
        self.label = label
        self.lower = isEmpty ? (isLogarithmic ? lower / 2 : lower - 0.5) : lower
        self.upper = isEmpty ? (isLogarithmic ? upper * 2 : upper + 0.5) : upper
        self.isLogarithmic = isLogarithmic
        ticks =
            isLogarithmic
            ? Self.logarithmicTicks(self.lower, self.upper) : Self.linearTicks(self.lower, self.upper, most: 7)
    }

    /// An axis that holds the values with a margin of 4 %.
    public init(label: String, holding values: [Double], isLogarithmic: Bool = false) {
        let finite = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        let low = finite.min() ?? (isLogarithmic ? 0.5 : 0)
        let high = finite.max() ?? (isLogarithmic ? 2 : 1)
        if isLogarithmic {
            let margin = exp(0.04 * log(high / low))
            self.init(label: label, from: low / margin, to: high * margin, isLogarithmic: true)
        } else {
            let margin = 0.04 * (high - low)
            self.init(label: label, from: low - margin, to: high + margin)
        }
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper one, not clipped.
    public func position(_ value: Double) -> Double {
        isLogarithmic
            ? (log(max(value, 1e-300)) - log(lower)) / (log(upper) - log(lower)) : (value - lower) / (upper - lower)
    }

    /// Multiples of 1, 2 or 5 times a power of ten (Heckbert, Graphics Gems 1990).
    static func linearTicks(_ lower: Double, _ upper: Double, most: Int) -> [Double] {
        let raw = (upper - lower) / Double(most - 1)
        let power = pow(10, floor(log10(raw)))
        let step = ([1, 2, 5, 10].first { $0 * power >= raw * (1 - 1e-12) } ?? 10) * power
        let first = Int((lower / step - 1e-9).rounded(.up))
        let last = Int((upper / step + 1e-9).rounded(.down))
        guard last >= first else { return [lower, upper] }
        return (first...last).map { Double($0) * step }
    }

    private static func logarithmicTicks(_ lower: Double, _ upper: Double) -> [Double] {
        var ticks: [Double] = []
        for digits in [[1.0], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]] {
            ticks = []
            for power in Int(floor(log10(lower)))...Int(floor(log10(upper))) {
                for digit in digits {
                    let value = digit * pow(10, Double(power))
                    if value >= lower * (1 - 1e-9), value <= upper * (1 + 1e-9) { ticks.append(value) }
                }
            }
            if ticks.count >= 4 { break }
        }
        return ticks.count >= 2 ? ticks : linearTicks(lower, upper, most: 5)
    }

    /// Writes a tick with as many decimals as the distance of the ticks needs.
    public func text(_ tick: Double) -> String {
        if isLogarithmic { return PlotNumber.short(tick) }
        let step = ticks.count > 1 ? ticks[1] - ticks[0] : 1
        return PlotNumber.fixed(tick, decimals: max(0, min(6, Int((-log10(step) - 1e-9).rounded(.up)))))
    }
}
