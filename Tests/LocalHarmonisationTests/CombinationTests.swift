import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import TestKit
import Testing

/// Options together, against R: sva 3.46.0 where it has the combination, else dense regressions by mgcv 1.8.41 and empirical
/// Bayes row by row (`HarmonisationTests/Fixtures/combinations`). Distances are in standard deviations of the feature.
@Suite("Combinations of options", .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
struct CombinationTests {
    /// A table of the fixtures and what it became in R.
    struct Peer: Sendable, CustomTestStringConvertible {
        let expected: String
        let name: String
        var covariates = ["age", "sex"]
        var smooth: String?
        /// How the penalty is chosen: reml, mgcv; nil by default.
        var penalty: String?
        /// Whether (37 row) mod 101 is a second smooth covariate.
        var hasOther = false
        var count = Int.max
        var hasGaps = false
        var hasSubjects = false
        var method = ComBatMethod.parametric
        var missing = MissingValues.values
        var reference: String?
        var hasCovariance = false
        var incomplete = HarmonisationPlan.Incomplete.refuse
        let tolerance: Double

        var testDescription: String { expected }

        /// Rows and plan.
        func read() throws -> (rows: HarmonisationRows, plan: HarmonisationPlan) {
            let features = try CSVFixture.shared("data/harmonisation/\(name)/features.csv")
            let meta = try CSVFixture.shared("data/harmonisation/\(name)/meta.csv")
            let names = Array(features.columns.prefix(count))
            let columns = names.map { features.numbers($0) }
            let batch = meta.texts("batch")
            var values = batch.indices.flatMap { row in columns.map { $0[row] } }
            if hasGaps {
                for row in batch.indices {
                    for column in names.indices where (7 * row + 3 * column) % 11 == 0 && column % 3 != 2 {
                        values[row * names.count + column] = .nan
                    }
                }
            }
            var seen: [String: Int] = [:]
            // Where nobody was scanned twice, every three rows of a batch are one patient.
            let subject =
                meta.columns.contains("subject")
                ? meta.texts("subject")
                : batch.map { name in
                    seen[name, default: 0] += 1
                    return "\(name) \(seen[name, default: 0] / 3)"
                }
            var design = covariates.map { DesignColumn(name: $0) }
            var coded = covariates.map { meta.numbers($0) }
            var curves = smooth.map { [($0, meta.numbers($0))] } ?? []
            if hasOther { curves.append(("other", batch.indices.map { Double(37 * $0 % 101) })) }
            for (name, places) in curves {
                let spline = try ThinPlateSpline(places: places, dimension: min(Set(places).count, 5), name: name)
                design.append(DesignColumn(name: name, smooth: spline))
                let expanded = places.map(spline.columns)
                coded += (0..<spline.columnCount).map { column in expanded.map { $0[column] } }
            }
            let choice: PenaltyChoice? =
                switch penalty {
                case "reml": .restrictedLikelihood
                case "mgcv": .descent(start: try PenaltyDescent.start(of: curves.map { ($0.0, $0.1, 5) }))
                default: nil
                }
            let table = CaseTable(
                featureNames: names, features: values, covariateNames: coded.indices.map { "x\($0)" },
                covariates: batch.indices.flatMap { row in coded.map { $0[row] } },
                outcome: [Double](repeating: .nan, count: batch.count), batch: batch)
            let plan = try HarmonisationPlan(
                batchColumns: ["batch"], design: design, method: method, reference: reference,
                hasCovariance: hasCovariance, subjectColumn: hasSubjects ? "subject" : nil, missing: missing,
                penalty: choice, incomplete: incomplete)
            return (HarmonisationRows(table: table, subject: hasSubjects ? subject : nil), plan)
        }
    }

    static let peers = [
        Peer(
            expected: "missing_reference_sva", name: "synth_missing", method: .parametricSVA, missing: .valuesLessOne,
            reference: "S01", tolerance: 1e-11),
        Peer(
            expected: "missing_reference_real_sva", name: "fcon_real", hasGaps: true, method: .parametricSVA,
            missing: .valuesLessOne, reference: "NewYork_a", tolerance: 1e-11),
        Peer(
            expected: "missing_smooth", name: "synth_main", covariates: ["sex"], smooth: "age", count: 6, hasGaps: true,
            tolerance: 1e-6),
        Peer(
            expected: "missing_smooth_reference", name: "synth_main", covariates: ["sex"], smooth: "age", count: 6,
            hasGaps: true, reference: "S02", tolerance: 1e-6),
        Peer(
            expected: "reference_covbat_synth_main", name: "synth_main", reference: "S02", hasCovariance: true,
            tolerance: 1e-10),
        Peer(
            expected: "reference_covbat_fcon_real", name: "fcon_real", reference: "NewYork_a", hasCovariance: true,
            tolerance: 1e-10),
        Peer(
            expected: "missing_covbat", name: "synth_main", hasGaps: true, hasCovariance: true, incomplete: .combat,
            tolerance: 1e-10),
        Peer(
            expected: "missing_covbat_reference", name: "synth_main", hasGaps: true, reference: "S02",
            hasCovariance: true, incomplete: .combat, tolerance: 1e-10),
        penalised("smooth_reml", "synth_main", penalty: "reml", tolerance: 1e-6),
        penalised("smooth_reml", "fcon_real", penalty: "reml", tolerance: 1e-6),
        penalised("smooth_mgcv", "synth_main", penalty: "mgcv", tolerance: 1e-8),
        penalised("smooth_mgcv", "fcon_real", penalty: "mgcv", tolerance: 1e-8),
        // The basis between its grid points, and two weights that end where the score is flat.
        penalised("smooth_mgcv_two", "synth_main", penalty: "mgcv", hasOther: true, tolerance: 1e-5),
        penalised("smooth_mgcv_two", "fcon_real", penalty: "mgcv", hasOther: true, tolerance: 1e-5),
        longitudinal("subject_reference", reference: "S1"),
        longitudinal("subject_covbat", hasCovariance: true),
        longitudinal("subject_reference_covbat", reference: "S1", hasCovariance: true),
        longitudinal("subject_smooth", smooth: "time"),
        longitudinal("subject_missing", hasGaps: true),
        longitudinal("subject_missing_smooth_reference", smooth: "time", hasGaps: true, reference: "S1"),
        Peer(
            expected: "subject_smooth_real", name: "fcon_real", covariates: ["sex"], smooth: "age", count: 6,
            hasSubjects: true, tolerance: 1e-6),
    ]

    private static func penalised(
        _ expected: String, _ name: String, penalty: String, hasOther: Bool = false, tolerance: Double
    ) -> Peer {
        Peer(
            expected: "\(expected)_\(name)", name: name, covariates: ["sex"], smooth: "age", penalty: penalty,
            hasOther: hasOther, count: 6, tolerance: tolerance)
    }

    private static func longitudinal(
        _ expected: String, smooth: String? = nil, hasGaps: Bool = false, reference: String? = nil,
        hasCovariance: Bool = false
    ) -> Peer {
        Peer(
            expected: expected, name: "synth_longitudinal", covariates: smooth == nil ? ["time"] : [], smooth: smooth,
            hasGaps: hasGaps, hasSubjects: true, reference: reference, hasCovariance: hasCovariance, tolerance: 1e-6)
    }

    @Test("A combination has the values that R gives; rows of the reference keep their bits", arguments: peers)
    func values(peer: Peer) throws {
        let (rows, plan) = try peer.read()
        let (file, harmonised) = try HarmonisationFile.fit(plan, sites: [rows])
        let path =
            "\(SharedData.packageRoot)/Tests/HarmonisationTests/Fixtures/combinations/expected_\(peer.expected).csv"
        let expected = CSVFixture(text: String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self))
        let (before, after) = (rows.table, harmonised[0])
        let p = before.featureCount
        for column in 0..<p {
            let own = (0..<before.count).map { before.features[$0 * p + column] }
            let present = own.filter { !$0.isNaN }
            let mean = present.reduce(0, +) / Double(present.count)
            let square = present.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = (square / Double(present.count - 1)).squareRoot()
            let values = expected.numbers(expected.columns[column])
            for row in own.indices {
                let found = after.features[row * p + column]
                #expect(found.isNaN == own[row].isNaN && values[row].isNaN == own[row].isNaN)
                if before.batch[row] == peer.reference { #expect(found.bitPattern == own[row].bitPattern) }
                if !found.isNaN { #expect((found - values[row]).magnitude < peer.tolerance * deviation) }
            }
        }
        #expect(after.features != before.features)
        let read = try HarmonisationFile(json: file.json())
        let applied = try read.apply(to: rows, newBatchMinimum: 5).harmonised
        #expect(applied.features.map(\.bitPattern) == after.features.map(\.bitPattern))
    }

    @Test("Sites that exchange sums have the bits of the pooled table, in every combination", arguments: peers)
    func sites(peer: Peer) throws {
        var (rows, plan) = try peer.read()
        guard peer.name == "synth_longitudinal" else {
            let names = Set(rows.table.batch).sorted()
            let sites = rows.table.batch.map { "\(names.firstIndex(of: $0).map { $0 % 3 } ?? 0)" }
            #expect(try HarmonisationSimulation(plan, rows: rows, sites: sites).largestDifference == 0)
            return
        }
        // Each patient lay in every scanner: two hospitals, each with scanners of its own.
        let subjects = try #require(rows.subject)
        let first = Set(Set(subjects).sorted().prefix(14))
        var table = rows.table
        for row in 0..<table.count { table.batch[row] = (first.contains(subjects[row]) ? "A" : "B") + table.batch[row] }
        rows = HarmonisationRows(table: table, subject: subjects)
        plan = try HarmonisationPlan(
            batchColumns: ["batch"], design: plan.design, reference: peer.reference.map { "A\($0)" },
            hasCovariance: peer.hasCovariance, subjectColumn: "subject")
        let sites = subjects.map { first.contains($0) ? "A" : "B" }
        #expect(try HarmonisationSimulation(plan, rows: rows, sites: sites).largestDifference == 0)
    }

    @Test("A penalty without a smooth covariate, and one by cross-validation beside random intercepts, are refused")
    func penalties() throws {
        #expect(throws: LocalHarmonisationError.self) {
            try HarmonisationPlan(batchColumns: ["b"], penalty: .restrictedLikelihood)
        }
        let spline = try ThinPlateSpline(places: [1, 2, 3, 4, 5, 6], dimension: 5, name: "age")
        let design = [DesignColumn(name: "age", smooth: spline)]
        #expect(throws: LocalHarmonisationError.self) {
            try HarmonisationPlan(
                batchColumns: ["b"], design: design, subjectColumn: "s", penalty: .generalisedCrossValidation)
        }
        #expect(throws: HarmonisationError.tooFewValues(covariate: "age", needed: 5)) {
            try PenaltyDescent.start(of: [("age", [1, 2, 2, 3], 5)])
        }
        let peer = Self.penalised("smooth_mgcv", "synth_main", penalty: "mgcv", tolerance: 1e-8)
        let file = try HarmonisationFile.fit(peer.read().plan, sites: [peer.read().rows]).file
        #expect(file.penalty == "mgcv")
        #expect(String(decoding: try file.json(), as: UTF8.self).contains("\"penalty\":\"mgcv\""))
    }

    @Test("CovBat with missing values is refused with the features' names")
    func refused() throws {
        var peer = Self.peers[2]
        peer.hasCovariance = true
        let (rows, plan) = try peer.read()
        let gaps = rows.incompleteNames
        #expect(gaps.count == 4)
        #expect(throws: LocalHarmonisationError.missingWith(features: gaps)) {
            try HarmonisationFile.fit(plan, sites: [rows])
        }
        #expect(throws: LocalHarmonisationError.self) {
            try HarmonisationPlan(batchColumns: ["b"], incomplete: .combat)
        }
        // A model whose scores need a feature refuses rows without it, whatever others may lack.
        peer.incomplete = .combat
        let (gapped, left) = try peer.read()
        let file = try HarmonisationFile.fit(left, sites: [gapped]).file
        let complete = try #require(file.covariance?.features)
        #expect(Set(complete).isDisjoint(with: gaps) && complete.count == 2)
        var all = gapped.table
        for column in 0..<all.featureCount { all.features[column] = .nan }
        #expect(throws: LocalHarmonisationError.self) {
            try HarmonisationFile.fit(left, sites: [HarmonisationRows(table: all)])
        }
        var table = gapped.table
        let column = try #require(table.featureNames.firstIndex(of: complete[0]))
        table.features[column] = .nan
        #expect(throws: HarmonisationError.missingValues(features: [complete[0]])) {
            try file.apply(to: HarmonisationRows(table: table), newBatchMinimum: 5)
        }
    }

    @Test("A batch of one row is refused by name unless it may be shifted only, also outside a fold")
    func singletons() throws {
        var table = PlanTests.table()
        table.batch[4] = "lonely"
        let rows = HarmonisationRows(table: table)
        let plan = try HarmonisationPlan(batchColumns: ["b"])
        #expect(throws: LocalHarmonisationError.singleton(batch: "lonely", column: "b")) {
            try HarmonisationFile.fit(plan, sites: [rows])
        }
        let shifted = try HarmonisationPlan(batchColumns: ["b"], singletons: .location)
        let file = try HarmonisationFile.fit(shifted, sites: [rows]).file
        let lonely = try #require(file.batches.first { $0.batch == "lonely" })
        #expect(lonely.isLocationOnly && lonely.scale.allSatisfy { $0 == 1 })
        #expect(file.batches.filter { $0.batch != "lonely" }.allSatisfy { !$0.isLocationOnly })
        // No batch has a scale of its own, so that none is missing.
        let meanOnly = try HarmonisationPlan(batchColumns: ["b"], method: .meanOnly)
        #expect(try HarmonisationFile.fit(meanOnly, sites: [rows]).file.batches.count == 3)
        table.batch[6] = "lonely"
        let folds = (0..<40).map { $0 == 4 || $0 % 3 == 1 ? "x" : "y" }
        #expect(throws: LocalHarmonisationError.singletonWithout(batch: "lonely", fold: "x")) {
            try HarmonisationFile.fitFolds(
                plan, sites: [HarmonisationRows(table: table)], folds: [folds], column: "fold")
        }
        var several = PlanTests.table()
        several.batch = (0..<40).map { BatchCombination.name([$0 == 4 ? "lonely" : "b\($0 % 2)", "k\($0 / 4 % 2)"]) }
        #expect(throws: LocalHarmonisationError.singleton(batch: "lonely", column: "b")) {
            try HarmonisationFile.fit(
                HarmonisationPlan(batchColumns: ["b", "k"]), sites: [HarmonisationRows(table: several)])
        }
    }
}

extension HarmonisationRows {
    /// Names of the features with a missing value, in alphabetical order.
    fileprivate var incompleteNames: [String] {
        let p = table.featureCount
        return (0..<p).filter { column in (0..<table.count).contains { table.features[$0 * p + column].isNaN } }
            .map { table.featureNames[$0] }.sorted()
    }
}
