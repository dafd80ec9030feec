public import Agreement
import Statistics
public import Tables
import Validation

/// Ratings of the same cases by several readers.
public struct RatingAnalysis: Sendable {
    let raters: [String]
    /// One row a case.
    private var cells: [[String]]
    /// Rows of each site, sites in the order of their names; empty without a column of the site.
    private let sites: [(name: String, rows: [Int])]
    /// Every category that any reader used at any site.
    private let present: Set<String>
    let level: KrippendorffAlpha.Level
    private let weights: WeightedAgreement.Weights

    /// Reads ratings; empty cells, `NA` and `?` are missing.
    ///
    /// - Parameters:
    ///   - table: one row a case, one column a reader.
    ///   - raters: the readers' columns; if empty, all columns but a first one that names the cases (`case`, `id`, `subject`,
    ///     `sample`, or text that never repeats).
    ///   - level: what differences mean.
    ///   - weights: how disagreements of categories count.
    ///   - site: column of the site, or nil.
    /// - Throws: `TableError` or `LocalValidationError`.
    public init(
        _ table: CSVTable, raters: [String], level: KrippendorffAlpha.Level, weights: WeightedAgreement.Weights,
        site: String? = nil
    ) throws {
        var names = raters
        if names.isEmpty {
            names = table.columns.filter { $0 != site }
            if let first = names.first, names.count > 2 {
                let texts = try table.texts(first)
                let isNamed = ["case", "id", "subject", "sample", "patient", ""].contains(first.lowercased())
                let isText =
                    texts.allSatisfy { Double($0) == nil } && Set(texts).count == texts.count && texts.count > 1
                if isNamed || isText { names.removeFirst() }
            }
        }
        guard names.count >= 2 else { throw LocalValidationError.options("--raters: name two columns at least") }
        guard table.rowCount > 0 else { throw LocalValidationError.noRows(file: table.file) }
        let columns = try names.map { try table.texts($0) }
        self.raters = names
        cells = (0..<table.rowCount).map { row in columns.map { $0[row] } }
        sites = try table.rowsBySite(site)
        present = Set(cells.flatMap { $0 }.filter { !Self.isMissing($0) })
        self.level = level
        self.weights = weights
    }

    private static func isMissing(_ cell: String) -> Bool { ["", "NA", "NaN", "?"].contains(cell) }

    /// All statistics that the level allows: of all cases (the sites' tables added up), of each site, and the random-effects
    /// summary of the sites' coefficients that have a standard error.
    ///
    /// - Throws: `LocalValidationError.notNumeric`.
    public func results() throws -> [StatisticRecord] {
        let pooled = try allCases()
        let own = try sites.map { site in
            var part = self
            part.cells = site.rows.map { cells[$0] }
            return try part.allCases().map { $0.of(site: site.name) }
        }
        return pooled + own.flatMap(\.self) + overSites(pooled, own)
    }

    private func allCases() throws -> [StatisticRecord] {
        switch level {
        case .nominal, .ordinal: return try categories()
        case .interval, .ratio: return try measurements()
        }
    }

    /// Summaries of kappas and of AC1 or AC2 on their own scale.
    private func overSites(_ pooled: [StatisticRecord], _ own: [[StatisticRecord]]) -> [StatisticRecord] {
        guard !sites.isEmpty else { return [] }
        return pooled.filter {
            [StatisticName.kappa, .ac].map(\.rawValue).contains($0.statistic) && $0.standardError != nil
        }.flatMap { record in
            let estimates = own.map { records in
                records.first { $0.statistic == record.statistic && $0.variant == record.variant }?.asEstimate
                    ?? .notEstimable("there is no such coefficient")
            }
            return StatisticRecord.summary(
                record.statistic == StatisticName.kappa.rawValue ? .kappa : .ac,
                variant: PredictionAnalysis.joined(record.statistic, record.variant), sites: sites.map(\.name),
                estimates,
                scale: .identity)
        }
    }

    func numbers() throws -> [[Double?]] {
        try cells.enumerated().map { row, line in
            try zip(raters, line).map { rater, cell in
                if Self.isMissing(cell) { return nil }
                guard let value = Double(cell), value.isFinite else {
                    throw LocalValidationError.notNumeric(column: rater, row: row + 1)
                }
                return value
            }
        }
    }

    /// Categories in numerical order where all are numbers, else in alphabetical order.
    var codes: (ratings: [[Int?]], values: [Double], count: Int) {
        let numeric = present.compactMap { Double($0) }
        if numeric.count == present.count {
            let values = Set(numeric).sorted()
            var places: [Double: Int] = [:]
            for (place, value) in values.enumerated() { places[value] = place }
            return (cells.map { $0.map { Double($0).flatMap { places[$0] } } }, values, values.count)
        }
        let names = present.sorted()
        var places: [String: Int] = [:]
        for (place, name) in names.enumerated() { places[name] = place }
        return (cells.map { $0.map { places[$0] } }, names.indices.map(Double.init), names.count)
    }

    /// Names of the categories in the order of their codes.
    var categoryNames: [String] {
        let numeric = present.compactMap { Double($0) }
        guard numeric.count == present.count else { return present.sorted() }
        return Set(numeric).sorted().map { $0 == $0.rounded() && $0.magnitude < 1e15 ? "\(Int($0))" : "\($0)" }
    }

    private func categories() throws -> [StatisticRecord] {
        let (ratings, values, count) = codes
        var records: [StatisticRecord] = []
        let suffix = weights == .none ? "" : ", \(weights.rawValue)"
        guard count >= 2 else {
            let one = Estimate.notEstimable(count == 0 ? "there is no rating" : "one category only was used")
            return ["Cohen", "Fleiss", "Conger", "Brennan-Prediger"].map {
                StatisticRecord(.kappa, variant: $0 + suffix, one)
            } + [
                StatisticRecord(.ac, variant: weights == .none ? "AC1" : "AC2\(suffix)", one),
                StatisticRecord(.alpha, variant: level.rawValue, one),
            ]
        }
        var pairs: [Estimate] = []
        for first in raters.indices {
            for second in raters.indices where second > first {
                var table = [Int](repeating: 0, count: count * count)
                for line in ratings {
                    if let a = line[first], let b = line[second] { table[a * count + b] += 1 }
                }
                let kappa = CohenKappa.estimate(table: table, weights: weights.cohen)
                pairs.append(kappa)
                let names = raters.count == 2 ? "" : " \(raters[first]) / \(raters[second])"
                records.append(StatisticRecord(.kappa, variant: "Cohen\(suffix)\(names)", kappa))
            }
        }
        if raters.count > 2 {
            let light = CohenKappa.light(pairs, cases: cells.count)
            records.append(StatisticRecord(.kappa, variant: "Light\(suffix)", light))
        }
        let agreement = WeightedAgreement(ratings: ratings, categories: count, weights: weights)
        records += [
            StatisticRecord(.kappa, variant: "Fleiss\(suffix)", agreement.fleiss),
            StatisticRecord(.kappa, variant: "Conger\(suffix)", agreement.conger),
            StatisticRecord(.kappa, variant: "Brennan-Prediger\(suffix)", agreement.brennanPrediger),
            StatisticRecord(.ac, variant: weights == .none ? "AC1" : "AC2\(suffix)", agreement.gwet),
            StatisticRecord(.alpha, variant: "irrCAC\(suffix)", agreement.krippendorff),
            StatisticRecord(
                .alpha, variant: level.rawValue,
                KrippendorffAlpha.estimate(ratings.map { $0.map { $0.map { values[$0] } } }, level: level)),
        ]
        return records + byCategory(ratings, count)
    }

    /// Fleiss' kappa of each category where every reader rated every case; there are no weights in it.
    private func byCategory(_ ratings: [[Int?]], _ count: Int) -> [StatisticRecord] {
        let complete = ratings.map { $0.compactMap(\.self) }
        guard weights == .none, count > 2, complete.allSatisfy({ $0.count == raters.count }),
            let profiles = try? RatingProfile.profiles(ratings: complete, categories: count)
        else { return [] }
        return zip(categoryNames, MultiReaderAgreement.fleissByCategory(profiles)).map { name, found in
            StatisticRecord(.kappa, variant: "Fleiss, category \(name)", found.kappa, pValue: found.pValue)
        }
    }

    private func measurements() throws -> [StatisticRecord] {
        let values = try numbers()
        var records = [
            StatisticRecord(.alpha, variant: level.rawValue, KrippendorffAlpha.estimate(values, level: level))
        ]
        let complete = values.map { $0.compactMap(\.self) }.filter { $0.count == raters.count }
        guard complete.count >= 2 else {
            let few = Estimate.notEstimable("fewer than two cases with all ratings")
            return records + [StatisticRecord(.icc, few)]
        }
        let all = complete.flatMap { $0 }
        let centre = all.reduce(0, +) / Double(all.count)
        let sums = ReadingSums(rows: complete, centre: centre)
        let kendall = KendallConcordance(complete)
        records.append(StatisticRecord(.kendall, kendall.coefficient, pValue: kendall.pValue))
        for model in IntraclassCorrelation.Model.allCases {
            for unit in IntraclassCorrelation.Unit.allCases {
                records.append(
                    StatisticRecord(
                        .icc, variant: "ICC(\(model.symbol),\(unit == .single ? "1" : "k"))",
                        IntraclassCorrelation.estimate(sums, model: model, unit: unit)))
            }
        }
        for first in raters.indices {
            for second in raters.indices where second > first {
                let pair = PairSums(complete.map { $0[first] }, complete.map { $0[second] }, centre: centre)
                let names = raters.count == 2 ? "" : "\(raters[first]) / \(raters[second])"
                let lin = LinConcordance(pair)
                records.append(
                    StatisticRecord(
                        .ccc, variant: names, lin?.coefficient ?? .notEstimable("the readings do not vary")))
                guard let limits = BlandAltman(pair) else { continue }
                records += [
                    StatisticRecord(.bias, variant: names, limits.bias),
                    StatisticRecord(.lowerLimit, variant: names, limits.lowerLimit),
                    StatisticRecord(.upperLimit, variant: names, limits.upperLimit),
                ]
            }
        }
        return records
    }
}
