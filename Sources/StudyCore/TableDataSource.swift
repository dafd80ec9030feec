import Federation
public import StudyProtocol
public import Tables

/// A site whose features come as a table.
public struct TableDataSource: SiteDataSource, Sendable {
    let site: String
    let study: StudyProtocol
    let clinical: ClinicalRows
    let features: FeatureColumns?
    let readers: [FeatureColumns]
    let protocols: [FeatureColumns]

    /// Creates a source from tables that are already read.
    ///
    /// - Parameters:
    ///   - site: the site, the prefix of its batches.
    ///   - features: `nil` for a study on scores or ratings alone.
    ///   - readers: features of the first and of the second reader; empty without readers.
    ///   - protocols: features under the first and the second acquisition protocol; empty without them.
    public init(
        site: String, study: StudyProtocol, clinical: ClinicalRows, features: FeatureColumns?,
        readers: [FeatureColumns] = [], protocols: [FeatureColumns] = []
    ) {
        self.site = site
        self.study = study
        self.clinical = clinical
        self.features = features
        self.readers = readers
        self.protocols = protocols
    }

    /// The features of two readings of a table with one row for each case and reading.
    ///
    /// - Parameters:
    ///   - table: the rows of one site.
    ///   - column: column of the reading: `reader` or `protocol`.
    ///   - readings: the two readings.
    /// - Throws: `TableError` naming file, row and column; also if a reading has no row.
    public static func readings(
        _ table: CSVTable, caseColumn: String, column: String, readings: [String], study: StudyProtocol
    ) throws(TableError) -> [FeatureColumns] {
        var found: [FeatureColumns] = []
        for reading in readings {
            found.append(
                try FeatureColumns(
                    table: try table.filter(column, equals: reading), caseColumn: caseColumn, study: study))
        }
        return found
    }

    /// Cohort sizes; a table has no acquisition parameters.
    public func census() throws -> CensusData {
        CensusData(
            cases: clinical.cases.count, events: clinical.outcome.count { $0 == 1 }, acquisition: [:], scanners: [:])
    }

    /// The rows that have both features and clinical data.
    public func extraction() throws -> ExtractionData {
        var failures = clinical.failures
        var kept: [Int] = []
        var values: [Double] = []
        for row in clinical.cases.indices {
            if let features {
                guard let row = features.values[clinical.cases[row]] else {
                    failures["missing_features", default: 0] += 1
                    continue
                }
                values += row
            }
            kept.append(row)
        }
        let q = clinical.covariateNames.count
        let table = CaseTable(
            featureNames: features?.names ?? [], features: values, covariateNames: clinical.covariateNames,
            covariates: kept.flatMap { clinical.covariates[$0 * q..<($0 + 1) * q] },
            outcome: kept.map { clinical.outcome[$0] },
            batch: kept.map { row in
                if clinical.sharesBatches { return clinical.batch[row] }
                return clinical.batch.isEmpty ? site : "\(site)/\(clinical.batch[row])"
            })
        let contoured = repeated(readers, rows: kept)
        return ExtractionData(
            table: table, cases: kept.map { CaseName(site: site, name: clinical.cases[$0]) },
            firstReader: contoured?.first ?? [], secondReader: contoured?.second ?? [],
            pairedRows: contoured?.rows ?? [], ratings: clinical.ratings, scores: clinical.scores, failures: failures,
            protocols: repeated(protocols, rows: kept),
            scoreColumns: clinical.scoreColumns.mapValues { values in kept.map { values[$0] } },
            remeasured: clinical.remeasured, times: clinical.times.map { own in kept.map { own[$0] } },
            statistics: clinical.statistics.selecting(cases: kept),
            subjects: clinical.subjects.isEmpty ? [] : kept.map { "\(site)/\(clinical.subjects[$0])" })
    }

    /// The cases of the table that have both readings without a gap, in the order of the table and of its features.
    private func repeated(_ readings: [FeatureColumns], rows: [Int]) -> RepeatedFeatures? {
        guard readings.count == 2, let names = features?.names else { return nil }
        let places = readings.map { reading in names.map { reading.names.firstIndex(of: $0) } }
        var (found, first, second): ([Int], [Double], [Double]) = ([], [], [])
        for (place, row) in rows.enumerated() {
            let values = zip(readings, places).map { reading, places in
                reading.values[clinical.cases[row]].map { own in places.map { $0.map { own[$0] } ?? .nan } }
            }
            guard let a = values[0], let b = values[1] else { continue }
            found.append(place)
            first += a
            second += b
        }
        return RepeatedFeatures(rows: found, first: first, second: second)
    }
}
