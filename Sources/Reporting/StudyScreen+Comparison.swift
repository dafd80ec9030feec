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
        output += selectionLines(comparison)
        for pair in comparison.pairs {
            output += "\(pair.first) - \(pair.second)  \(range(pair.difference, pair.lower, pair.upper))"
            output += pair.holm.map { "  p (Holm) \(NumberFormat.fixed($0, 3))\n" } ?? "\n"
        }
        output += comparison.tuningLines.map { "\($0)\n" }.joined()
        return output + (comparison.warning.map { "note: \($0)\n" } ?? "")
    }

    /// Whether exact ranks would have selected the same, a line for each fold; algorithms with the same selections share them.
    private func selectionLines(_ comparison: ComparisonReport) -> String {
        var known: [(lines: [ComparisonReport.FoldSelection], names: [String])] = []
        for own in comparison.algorithms {
            guard let lines = own.selections else { continue }
            if let place = known.firstIndex(where: { $0.lines == lines }) {
                known[place].names.append(own.name)
            } else {
                known.append((lines, [own.name]))
            }
        }
        return known.map { lines, names in
            "selection by ranks of \(names.joined(separator: ", ")): \(lines.count { $0.proved }) of \(lines.count) proved\n"
                + lines.map { "  fold \($0.fold): \($0.text)\n" }.joined()
        }.joined()
    }
}
