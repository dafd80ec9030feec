import Federation
import FoundationEssentials
import LocalLearning
import Tables
import TestKit
import Testing

/// Correlations of features with covariates; `Fixtures/make_correlations.py` has the calls of scipy.
@Suite("Correlation with covariates")
struct CorrelationTests {
    /// CaPTk features of lung tumours at two centres with age and mutations, which have gaps.
    private static func lung(_ features: [String], _ covariates: [String]) throws -> TrainingCases {
        let folder = "data/multicentre/nsclc_radiogenomics_2centres_ct"
        let images = try SharedInput.csv("\(folder)/radiomics_captk.csv")
        let clinical = try SharedInput.csv("\(folder)/clinical.csv")
        let cells = try covariates.map { try clinical.texts($0) }
        let known = Dictionary(
            zip(try clinical.texts("id"), clinical.rows.indices), uniquingKeysWith: { first, _ in first })
        let names = try images.texts("id")
        let rows = images.rows.enumerated().compactMap { place, row in
            known[names[place]].map { own in row + cells.map { Double($0[own]) == nil ? "" : $0[own] } }
        }
        let joined = CSVTable(file: "lung.csv", columns: images.columns + covariates, rows: rows)
        let cases = try LearningInput(joined, features: features + covariates).cases
        var table = cases.table
        table.batch = try joined.texts("center")
        return TrainingCases(table: table, names: cases.names)
    }

    @Test(
        "Correlations are scipy's to 1e-12, p and adjusted p to 1e-9, Pearson's interval to 1e-9; two sites give the same bits",
        .enabled(if: SharedInput.hasShared, "no shared data"))
    func scipy() throws {
        let path = "\(SharedData.packageRoot)/Tests/LocalLearningTests/Fixtures/correlations.json"
        let json = try JSONFixture(bytes: [UInt8](Data(contentsOf: URL(filePath: path))), name: "correlations.json")
        let (features, covariates) = (json["features"].texts, json["covariates"].texts)
        let cases = try Self.lung(features, covariates)
        for kind in SelectionStep.Correlation.allCases {
            let found = try CovariateCorrelation(kind, cases.bySite(), features: features, covariates: covariates)
            #expect(
                try CovariateCorrelation(kind, [cases], features: features, covariates: covariates) == found)
            #expect(found.rows.count == json["pairs"].list.count)
            for (row, wanted) in zip(found.rows, json["pairs"].list) {
                #expect(row.feature == wanted["feature"].text && row.covariate == wanted["covariate"].text)
                #expect(row.cases == Int(wanted["n"].number))
                let numbers = wanted[kind.rawValue].numbers
                #expect(Tolerance.agrees(row.correlation, numbers[0], 1e-12))
                #expect(Tolerance.isRelativelyClose(row.pValue ?? .nan, numbers[numbers.count - 1], 1e-9))
                guard kind == .pearson else { continue }
                #expect(Tolerance.agrees(row.lower, numbers[1], 1e-9))
                #expect(Tolerance.agrees(row.upper, numbers[2], 1e-9))
            }
            guard kind == .pearson else { continue }
            for (row, wanted) in zip(found.rows, json["pearson_q"].numbers) {
                #expect(Tolerance.isRelativelyClose(row.qValue ?? .nan, wanted, 1e-9))
            }
        }
    }

    /// Rows of a covariate, a feature, a constant and a feature with gaps.
    private static func rows(_ covariate: [Double]) -> TrainingCases {
        let values = covariate.enumerated().flatMap { place, value -> [Double] in
            [value, Double(place * place % 17), 3, place % 2 == 0 ? .nan : Double(place)]
        }
        return TrainingCases(
            table: CaseTable(
                featureNames: ["c", "f", "constant", "gaps"], features: values,
                outcome: covariate.map { _ in .nan }, batch: covariate.indices.map { $0 % 3 == 0 ? "a" : "b" }),
            names: covariate.indices.map { "\($0)" })
    }

    private static func found(_ covariate: [Double]) throws -> [CovariateCorrelation.Row] {
        try CovariateCorrelation(
            .spearman, rows(covariate).bySite(), features: ["f", "gaps", "constant"], covariates: ["c"]
        ).rows
    }

    @Test(
        "Below 5 cases, or 5 of either of two values, a pair has neither number nor count; a constant is not estimable")
    func floors() throws {
        let few = try Self.found([1, 2, 3, 4, .nan, .nan, .nan, .nan, .nan])
        #expect(few.map(\.status) == [.suppressed, .suppressed, .suppressed])
        #expect(few.allSatisfy { $0.cases == nil && $0.correlation == nil && $0.qValue == nil })
        let rare = try Self.found((0..<30).map { $0 < 4 ? 1 : 0 })
        #expect(rare[0].status == .suppressed)
        let enough = try Self.found((0..<30).map { $0 < 14 ? 1 : 0 })
        #expect(enough.map(\.status) == [.estimated, .estimated, .notEstimable])
        #expect(enough.map(\.cases) == [30, 15, 30])
        #expect(
            try Self.found([Double](repeating: 2, count: 20)).map(\.status) == [
                .notEstimable, .notEstimable, .notEstimable,
            ])
        #expect(try Self.found([.nan, .nan]).map(\.status) == [.suppressed, .suppressed, .suppressed])
    }

    @Test("Of a copy the correlation is 1 with an interval of 1; an infinite value and an unknown column are refused")
    func ends() throws {
        let cases = Self.rows((0..<20).map { Double($0 % 7) })
        let doubled = TrainingCases(
            table: CaseTable(
                featureNames: ["c", "copy"],
                features: (0..<20).flatMap { [Double($0 % 7), -2 * Double($0 % 7)] },
                outcome: cases.table.outcome, batch: cases.table.batch), names: cases.names)
        let row = try CovariateCorrelation(.pearson, [doubled], features: ["copy"], covariates: ["c"]).rows[0]
        #expect(row.correlation == -1 && row.lower == -1 && row.upper == -1 && row.pValue == 0)
        #expect(throws: (any Error).self) {
            try CovariateCorrelation(.pearson, [cases], features: ["f"], covariates: ["x"])
        }
        #expect(throws: (any Error).self) { try Self.found((0..<20).map { $0 == 3 ? .infinity : Double($0) }) }
    }
}
