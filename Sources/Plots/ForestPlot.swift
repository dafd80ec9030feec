/// Results of sites, one a row, with their summary and the interval in which a new site is expected.
public struct ForestPlot: Plot, Equatable {
    /// One site.
    public struct Row: Sendable, Equatable {
        /// Name of the site.
        public let name: String
        /// Cases, events: what stands beside the name; may be empty.
        public let size: String
        /// The result; nil if there is none.
        public let value: Double?
        /// Lower end of its interval.
        public let lower: Double?
        /// Upper end.
        public let upper: Double?
        /// Share of the weight in the summary, 0 to 1; nil if the site takes no part.
        public let weight: Double?
        /// Why there is no result; empty if there is one.
        public let reason: String

        /// Creates a row.
        public init(
            name: String, size: String = "", value: Double?, lower: Double?, upper: Double?, weight: Double? = nil,
            reason: String = ""
        ) {
            (self.name, self.size, self.value, self.lower, self.upper) = (name, size, value, lower, upper)
            (self.weight, self.reason) = (weight, reason)
        }
    }

    /// What the rows are.
    public enum Kind: Sendable, Equatable {
        /// Sites of one study, which may have a summary.
        case sites
        /// Different statistics, which have none.
        case list
    }

    /// A result with its interval.
    public struct Interval: Sendable, Equatable {
        /// The result.
        public let value: Double
        /// Lower end.
        public let lower: Double
        /// Upper end.
        public let upper: Double

        /// Creates an interval.
        public init(value: Double, lower: Double, upper: Double) {
            (self.value, self.lower, self.upper) = (value, lower, upper)
        }
    }

    /// What it shows.
    public let title: String
    /// The sites.
    public let rows: [Row]
    /// What the rows are.
    public let kind: Kind
    /// The summary; nil if the sites are not pooled.
    public let summaryInterval: Interval?
    /// Where the result of a new site is expected.
    public let prediction: Interval?
    /// How the summary was made.
    public let method: String
    /// Heterogeneity, in a few words.
    public let notes: [String]
    /// The measured axis.
    public let axis: Axis
    /// The value that means nothing: 0.5 for an AUC, 1 for O:E; nil for none.
    public let neutral: Double?

    /// Creates a plot; the axis holds all intervals, clipped to `range` if there is one. A row whose value is outside of that
    /// range is held whole.
    public init(
        title: String, measure: String, rows: [Row], kind: Kind = .sites, summary: Interval? = nil,
        prediction: Interval? = nil, method: String,
        notes: [String] = [], neutral: Double? = nil, isLogarithmic: Bool = false, range: ClosedRange<Double>? = nil
    ) {
        (self.title, self.rows, self.kind, summaryInterval) = (title, rows, kind, summary)
        (self.prediction, self.method, self.notes, self.neutral) = (prediction, method, notes, neutral)
        var values = rows.flatMap { [$0.value, $0.lower, $0.upper] }.compactMap(\.self)
        values += [summary, prediction].compactMap(\.self).flatMap { [$0.lower, $0.upper] }
        values += [neutral].compactMap(\.self)
        values = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        if let range {
            let outside = rows.filter { $0.value.map { !range.contains($0) } ?? false }
            let whole = outside.flatMap { [$0.value, $0.lower, $0.upper] }.compactMap(\.self).filter {
                $0.isFinite && (!isLogarithmic || $0 > 0)
            }
            values = values.map { min(range.upperBound, max(range.lowerBound, $0)) } + whole
        }
        axis = Axis(label: measure, holding: values, isLogarithmic: isLogarithmic)
    }

    /// The rows and the summary in sentences.
    public var summary: String {
        var sentences = rows.map { row in
            guard let value = row.value else { return "\(row.name): \(row.reason)." }
            return "\(row.name): \(PlotNumber.interval(value, row.lower, row.upper))."
        }
        if let summaryInterval {
            sentences.append(
                "Summary: \(PlotNumber.interval(summaryInterval.value, summaryInterval.lower, summaryInterval.upper)).")
        } else if kind == .sites {
            sentences.append("The sites are not pooled.")
        }
        if let prediction {
            sentences.append(
                "A new site is expected between \(PlotNumber.fixed(prediction.lower, decimals: 2)) and "
                    + "\(PlotNumber.fixed(prediction.upper, decimals: 2)).")
        }
        return "\(axis.label). " + (sentences + notes.map { $0 + "." }).joined(separator: " ")
    }
}
