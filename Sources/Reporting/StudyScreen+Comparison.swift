import LocalLearning

extension StudyScreen {
    /// Algorithms on the same folds of the training cases, then the pairs.
    func comparisonTable(_ comparison: ComparisonReport) -> String {
        func text(_ value: Double?) -> String { value.map { NumberFormat.fixed($0, 3) } ?? "-" }
        func range(_ value: Double?, _ lower: Double?, _ upper: Double?) -> String {
            guard let lower, let upper else { return text(value) }
            return "\(text(value)) [\(text(lower)), \(text(upper))]"
        }
        let showsLeak = comparison.algorithms.contains { $0.leaked != nil }
        let columns =
            ["algorithm", "\(comparison.measure) of folds [95% CI]", "all held out [95% CI]"]
            + (showsLeak ? ["leaked"] : []) + ["features", "stability"]
        let rows = comparison.algorithms.map { own in
            [
                own.name, range(own.mean, own.lower, own.upper),
                range(own.outOfFold, own.outOfFoldLower, own.outOfFoldUpper),
            ] + (showsLeak ? [text(own.leaked)] : []) + [NumberFormat.fixed(own.meanFeatures, 1), text(own.stability)]
        }
        var output = "compared      \(comparison.resampling), \(comparison.cases) cases\n"
        output += TextTable(columns: columns, rows: rows).text
        for pair in comparison.pairs {
            output += "\(pair.first) - \(pair.second)  \(range(pair.difference, pair.lower, pair.upper))"
            output += pair.holm.map { "  p (Holm) \(NumberFormat.fixed($0, 3))\n" } ?? "\n"
        }
        output += comparison.tuningLines.map { "\($0)\n" }.joined()
        return output + (comparison.warning.map { "note: \($0)\n" } ?? "")
    }
}
