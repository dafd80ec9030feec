import Agreement
public import Plots
import Statistics

extension RatingAnalysis {
    /// Most pairs of readers that are drawn.
    private static let mostPairs = 6

    /// Pictures: the coefficients beside each other; for categories the table of each pair of readers, for measurements their
    /// differences against their means. Six pairs at most.
    ///
    /// - Parameter records: what `results` gave.
    /// - Throws: `LocalValidationError.notNumeric`.
    public func plots(_ records: [StatisticRecord]) throws -> [any Plot] {
        var plots: [any Plot] = []
        let wanted = [StatisticName.kappa, .ac, .alpha, .icc, .ccc].map(\.rawValue)
        let rows = records.filter { wanted.contains($0.statistic) && $0.site.isEmpty }.map { record in
            ForestPlot.Row(
                name: record.variant.isEmpty
                    ? record.statistic
                    : record.variant.hasPrefix(record.statistic)
                        ? record.variant : "\(record.statistic) \(record.variant)",
                size: record.n.map { "\($0)" } ?? "", value: record.estimate, lower: record.lower, upper: record.upper,
                reason: record.reason)
        }
        if !rows.isEmpty {
            plots.append(
                ForestPlot(
                    title: "Coefficients of agreement", measure: "Coefficient", rows: rows, kind: .list, method: "",
                    neutral: 0, range: -1...1))
        }
        switch level {
        case .nominal, .ordinal: plots += grids(records)
        case .interval, .ratio: plots += try differences()
        }
        return plots + bySite(records)
    }

    /// A forest of each coefficient that is summarised over the sites.
    private func bySite(_ records: [StatisticRecord]) -> [any Plot] {
        records.filter { $0.statistic == StatisticName.mean.rawValue && $0.site.isEmpty }.map { mean in
            func row(_ name: String, _ record: StatisticRecord) -> ForestPlot.Row {
                ForestPlot.Row(
                    name: name, size: record.n.map { "\($0)" } ?? "", value: record.estimate, lower: record.lower,
                    upper: record.upper, reason: record.reason)
            }
            let own = records.filter {
                !$0.site.isEmpty && PredictionAnalysis.joined($0.statistic, $0.variant) == mean.variant
            }
            return ForestPlot(
                title: "\(mean.variant) by site", measure: "Coefficient",
                rows: own.map { row($0.site, $0) } + [row("random effects", mean)], kind: .list, method: mean.method,
                neutral: 0, range: -1...1)
        }
    }

    private var pairs: [(Int, Int)] {
        let all = raters.indices.flatMap { first in raters.indices.filter { $0 > first }.map { (first, $0) } }
        return Array(all.prefix(Self.mostPairs))
    }

    private func grids(_ records: [StatisticRecord]) -> [any Plot] {
        let (ratings, _, count) = codes
        guard count >= 2, count <= 20 else { return [] }
        let names = categoryNames
        return pairs.map { first, second in
            var table = [Int](repeating: 0, count: count * count)
            for line in ratings {
                if let a = line[first], let b = line[second] { table[a * count + b] += 1 }
            }
            let ending = raters.count == 2 ? "" : " \(raters[first]) / \(raters[second])"
            let kappa = records.first {
                $0.statistic == StatisticName.kappa.rawValue && $0.site.isEmpty && $0.variant.hasPrefix("Cohen")
                    && $0.variant.hasSuffix(ending)
            }
            var notes: [String] = []
            if let kappa, let value = kappa.estimate {
                notes.append("\(kappa.method): kappa \(PlotNumber.interval(value, kappa.lower, kappa.upper))")
            }
            return AgreementGrid(
                title: "\(raters[first]) and \(raters[second])", rowReader: raters[first], columnReader: raters[second],
                categories: names, counts: table, notes: notes)
        }
    }

    private func differences() throws -> [any Plot] {
        let values = try numbers()
        return pairs.compactMap { first, second in
            let both = values.compactMap { line -> (Double, Double)? in
                guard let a = line[first], let b = line[second] else { return nil }
                return (a, b)
            }
            guard both.count >= 2 else { return nil }
            let centre = both.reduce(0) { $0 + $1.0 + $1.1 } / Double(2 * both.count)
            guard let limits = BlandAltman(PairSums(both.map(\.0), both.map(\.1), centre: centre)),
                let bias = Self.interval(limits.bias), let lower = Self.interval(limits.lowerLimit),
                let upper = Self.interval(limits.upperLimit)
            else { return nil }
            return Chart.blandAltman(
                title: "Differences of \(raters[first]) and \(raters[second])", first: both.map(\.0),
                second: both.map(\.1), firstName: raters[first], secondName: raters[second], bias: bias,
                lowerLimit: lower, upperLimit: upper)
        }
    }

    private static func interval(_ estimate: Estimate) -> ForestPlot.Interval? {
        guard case .value(let value) = estimate, let lower = value.lower, let upper = value.upper else { return nil }
        return ForestPlot.Interval(value: value.value, lower: lower, upper: upper)
    }
}
