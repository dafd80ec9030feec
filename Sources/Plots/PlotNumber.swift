#if canImport(Glibc)
    import Glibc
#endif

/// Numbers as a picture shows them.
public enum PlotNumber {
    /// With a fixed number of decimals, half away from zero; a true minus sign is not used, so that text stays ASCII.
    public static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "" : value > 0 ? "inf" : "-inf" }
        guard value.magnitude < 1e15 else { return "\(value)" }
        let scale = pow(10, Double(decimals))
        let rounded = (value.magnitude * scale).rounded()
        guard rounded < 9e15 else { return "\(value)" }
        let whole = Int(rounded)
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let digits = String(whole)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    /// Three significant digits at most, without trailing zeros.
    public static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : fixed(value, decimals: 0) }
        let decimals = max(0, min(9, 2 - Int(floor(log10(value.magnitude)))))
        var text = fixed(value, decimals: decimals)
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }

    /// A value with its interval: `0.79 (0.71 to 0.86)`.
    public static func interval(_ value: Double, _ lower: Double?, _ upper: Double?, decimals: Int = 2) -> String {
        guard let lower, let upper else { return fixed(value, decimals: decimals) }
        return
            "\(fixed(value, decimals: decimals)) (\(fixed(lower, decimals: decimals)) to \(fixed(upper, decimals: decimals)))"
    }
}
