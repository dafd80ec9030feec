import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import Tables
import TestKit
import Testing

/// Classes, transforms, folds and the report, on the tables of `LocalHarmonisationTests`.
struct PlanTests {
    @Test(
        "Patterns match as shells match them",
        arguments: [
            ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "acb", false), ("*", "x", true), ("a", "ab", false),
            ("*_glcm_*", "o_glcm_x", true), ("*_glcm_*", "o_glrlm_x", false), ("aa*aa", "aaa", false),
            ("*b*b", "ab", false),
        ])
    func patterns(pattern: String, column: String, matches: Bool) {
        #expect(FeaturePattern(name: "n", pattern: pattern).matches(column) == matches)
    }

    /// Four features of two kinds with very different batch effects.
    static func table() -> CaseTable {
        var features: [Double] = []
        for row in 0..<40 {
            let batch = Double(row % 2)
            for column in 0..<6 {
                let noise = Double((row * (7 + 2 * column) + column) % 19) / 19 + 0.1
                features.append(column < 3 ? 1 + noise + batch * (3 + Double(column)) : 1 + noise * (1 + 0.2 * batch))
            }
        }
        return CaseTable(
            featureNames: ["s1", "s2", "s3", "t1", "t2", "t3"], features: features,
            outcome: [Double](repeating: .nan, count: 40), batch: (0..<40).map { "b\($0 % 2)" })
    }

    @Test("A class of features is shrunk as if the others were not there")
    func classes() throws {
        let table = Self.table()
        let classes = FeatureClasses([FeaturePattern(name: "shape", pattern: "s*")])
        let plan = try HarmonisationPlan(batchColumns: ["b"], classes: classes)
        let (file, harmonised) = try HarmonisationFile.fit(plan, sites: [HarmonisationRows(table: table)])
        #expect(file.model.classes == ["shape", "shape", "shape", "other", "other", "other"])
        #expect(try HarmonisationFile(json: file.json()) == file)
        let one = try HarmonisationFile.fit(
            HarmonisationPlan(batchColumns: ["b"]), sites: [HarmonisationRows(table: table)]
        ).harmonised[0]
        #expect(one.features != harmonised[0].features)
        for own in [["s1", "s2", "s3"], ["t1", "t2", "t3"]] {
            let alone = try HarmonisationFile.fit(
                HarmonisationPlan(batchColumns: ["b"]),
                sites: [HarmonisationRows(table: table.selecting(features: own))]
            ).harmonised[0]
            #expect(try harmonised[0].selecting(features: own).features == alone.features)
        }
        #expect(throws: LocalHarmonisationError.self) {
            try FeatureClasses([FeaturePattern(name: "x", pattern: "none*")]).classes(of: ["s1"])
        }
    }

    @Test("A transformed feature is harmonised as the transformed table is, and comes back on its own scale")
    func transforms() throws {
        let table = Self.table()
        let transforms = FeatureTransforms(lambda: ["s1": 0, "t1": 0.5])
        let plan = try HarmonisationPlan(batchColumns: ["b"], transforms: transforms)
        let rows = HarmonisationRows(table: table)
        let (file, harmonised) = try HarmonisationFile.fit(plan, sites: [rows])
        var moved = table
        for row in 0..<40 {
            moved.features[row * 6] = log(table.features[row * 6])
            moved.features[row * 6 + 3] = (table.features[row * 6 + 3].squareRoot() - 1) / 0.5
        }
        let other = try HarmonisationFile.fit(
            HarmonisationPlan(batchColumns: ["b"]), sites: [HarmonisationRows(table: moved)]
        ).harmonised[0]
        for row in 0..<40 {
            #expect((log(harmonised[0].features[row * 6]) - other.features[row * 6]).magnitude < 1e-14)
            let root = harmonised[0].features[row * 6 + 3].squareRoot()
            #expect(((root - 1) / 0.5 - other.features[row * 6 + 3]).magnitude < 1e-13)
            #expect(harmonised[0].features[row * 6 + 1] == other.features[row * 6 + 1])
        }
        let read = try HarmonisationFile(json: file.json())
        #expect(try read.apply(to: rows, newBatchMinimum: 5).harmonised.features == harmonised[0].features)
        var negative = table
        negative.features[0] = 0
        #expect(throws: LocalHarmonisationError.notPositive(feature: "s1")) {
            try HarmonisationFile.fit(plan, sites: [HarmonisationRows(table: negative)])
        }
    }

    @Test("The model without a fold is that of the other rows, and refuses them as a validation")
    func folds() throws {
        let rows = HarmonisationRows(table: Self.table())
        let folds = (0..<40).map { $0 / 2 % 3 == 0 ? "x" : "y" }
        let plan = try HarmonisationPlan(batchColumns: ["b"])
        let parts = try HarmonisationFile.fitFolds(plan, sites: [rows], folds: [folds], column: "fold")
        #expect(parts.map(\.fold) == ["x", "y"])
        let others = folds.indices.filter { folds[$0] != "x" }
        let alone = try HarmonisationFile.fit(plan, sites: [rows.selecting(rows: others)]).file
        #expect(parts[0].file.batches == alone.batches && parts[0].file.model.cases == others.count)
        try parts[0].file.requireHeldOut(["x", "x"])
        #expect(throws: LocalHarmonisationError.fittedRows(row: 2, column: "fold", fold: "x")) {
            try parts[0].file.requireHeldOut(["x", "y"])
        }
        #expect(throws: LocalHarmonisationError.noHeldOut) { try alone.requireHeldOut(["x"]) }
        #expect(throws: LocalHarmonisationError.batchInOneFold(batch: "b0", fold: "b0")) {
            try HarmonisationFile.fitFolds(plan, sites: [rows], folds: [rows.table.batch], column: "batch")
        }
    }

    @Test("Every variant has a model without each fold: that of the other rows", arguments: 0..<5)
    func foldsOfVariants(variant: Int) throws {
        var table = Self.table()
        table.batch = (0..<40).map { "b\($0 % 2)" }
        if variant == 3 { table.features[4] = .nan }
        if variant == 4 {
            table.batch = (0..<40).map { BatchCombination.name(["b\($0 % 2)", "k\($0 / 4 % 2)"]) }
        }
        let rows = HarmonisationRows(table: table, subject: variant == 2 ? (0..<40).map { "p\($0 / 4)" } : nil)
        let plan = try [
            { try HarmonisationPlan(batchColumns: ["b"], reference: "b1") },
            { try HarmonisationPlan(batchColumns: ["b"], hasCovariance: true) },
            { try HarmonisationPlan(batchColumns: ["b"], subjectColumn: "p") },
            { try HarmonisationPlan(batchColumns: ["b"], method: .meanOnly) },
            { try HarmonisationPlan(batchColumns: ["b", "k"]) },
        ][variant]()
        let folds = (0..<40).map { $0 / 8 % 2 == 0 ? "x" : "y" }
        let parts = try HarmonisationFile.fitFolds(plan, sites: [rows], folds: [folds], column: "fold")
        for part in parts {
            let others = rows.selecting(rows: folds.indices.filter { folds[$0] != part.fold })
            let held = rows.selecting(rows: folds.indices.filter { folds[$0] == part.fold })
            let alone = try HarmonisationFile.fit(plan, sites: [others]).file
            // Where only held-out rows miss values, the model has to know of them all the same.
            #expect((part.file.model.missing != nil) == (variant == 3))
            if variant != 3 || part.fold == "y" { #expect(part.file.model == alone.model) }
            #expect(part.file.batches.map(\.cases) == alone.batches.map(\.cases))
            #expect(part.file.factors == alone.factors && part.file.heldOut?.fold == part.fold)
            #expect(try HarmonisationFile(json: part.file.json()) == part.file)
            let found = try part.file.apply(to: held, newBatchMinimum: 5).harmonised
            #expect(found.features.count { $0.isNaN } == held.table.features.count { $0.isNaN })
        }
    }

    @Test("Classes come from a table of features, and faults of it are named")
    func classTable() throws {
        let table = try CSVTable(text: "feature,class\ns1,shape\ns*,size\n", file: "classes.csv")
        let names = ["s1", "s2", "t1"]
        #expect(try FeatureClasses(table: table).classes(of: names) == ["shape", "size", "other"])
        let repeated = try CSVTable(text: "feature,class\ns1,a\ns1,b\n", file: "classes.csv")
        #expect(throws: TableError.duplicateRow(file: "classes.csv", row: 2, column: "feature")) {
            try FeatureClasses(table: repeated)
        }
        let empty = try CSVTable(text: "feature,class\ns1,\n", file: "classes.csv")
        #expect(throws: TableError.missingValue(file: "classes.csv", row: 1, column: "class")) {
            try FeatureClasses(table: empty)
        }
    }

    @Test("The report keeps covariate effects apart from batches, and its page holds no markup of the table's")
    func report() throws {
        let (_, file, harmonised) = try LocalHarmonisationTests.fitted()
        let (features, meta) = try LocalHarmonisationTests.tables()
        let input = try HarmonisationInput(features: features, meta: meta)
        let before = try input.loaded(batches: ["scanner"], design: file.design).table
        let rows = [before, harmonised].map { TableRows($0) }
        let report = try HarmonisationReport(before: rows[0], after: rows[1])
        #expect(try #require(report.effectChange) < 0.5)
        #expect(report.after.batchShare < report.before.batchShare)
        let page = try report.page(before: rows[0], after: rows[1])
        // Two of components, two densities of each feature, locations and scales of each batch.
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.components(separatedBy: "<figure>").count == 11)
        #expect(!page.contains("nan") && !page.contains("<script") && !page.contains("<link"))
        let hostile = CaseTable(
            featureNames: ["<i>", "b"], features: before.features, outcome: before.outcome,
            batch: before.batch.map { $0 == "GE" ? "<script>" : $0 })
        let strange = TableRows(hostile)
        let other = try HarmonisationReport(before: strange, after: strange).page(before: strange, after: strange)
        #expect(!other.contains("<script>") && !other.contains("<i>") && other.contains("&lt;script&gt;"))
    }

    @Test("Several batch columns go through the model file; sites that share combinations give the same bits")
    func factors() throws {
        let (features, _) = try LocalHarmonisationTests.tables()
        var meta = "case,vendor,kernel\n"
        for row in 0..<24 { meta += "c\(row),\(row % 2 == 0 ? "GE" : "Philips"),\(row % 3 == 0 ? "soft" : "lung")\n" }
        let input = try HarmonisationInput(features: features, meta: try LocalHarmonisationTests.meta(meta))
        let columns = ["vendor", "kernel"]
        let rows = try input.loaded(batches: columns, design: [])
        let plan = try HarmonisationPlan(batchColumns: columns)
        let (file, harmonised) = try HarmonisationFile.fit(plan, sites: [rows])
        let read = try HarmonisationFile(json: file.json())
        #expect(read == file && read.batchColumns == columns && read.batches.isEmpty)
        let applied = try read.apply(to: rows, newBatchMinimum: 5)
        #expect(applied.harmonised.features == harmonised[0].features && applied.fallbacks.isEmpty)
        let sites = (0..<24).map { $0 < 9 ? "x" : "y" }
        #expect(try HarmonisationSimulation(plan, rows: rows, sites: sites).largestDifference == 0)
        let strict = try HarmonisationPlan(batchColumns: columns, combinationMinimum: 3)
        #expect(throws: HarmonisationError.sparseCombination(levels: ["GE", "soft"], cases: 2, minimum: 3)) {
            try HarmonisationSimulation(strict, rows: rows, sites: sites)
        }
        for plan in [
            { try HarmonisationPlan(batchColumns: columns, reference: "GE") },
            { try HarmonisationPlan(batchColumns: columns, method: .parametricSVA) },
            { try HarmonisationPlan(batchColumns: ["vendor", "vendor"]) },
        ] {
            #expect(throws: LocalHarmonisationError.self) { try plan() }
        }
    }

    /// pingouin 0.7.0 `intraclass_corr` (ICC(A,1)) and numpy 2.4.6, population moments, of the mean of each subject's rows in a
    /// scanner, scanners S0 and S1.
    @Test(
        "Agreement on travelling subjects is pingouin's and numpy's",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
    func travellingSubjects() throws {
        let features = try CSVFixture.shared("data/harmonisation/synth_longitudinal/features.csv")
        let meta = try CSVFixture.shared("data/harmonisation/synth_longitudinal/meta.csv")
        let (batch, subject) = (meta.texts("batch"), meta.texts("subject"))
        let rows = batch.indices.filter { batch[$0] != "S2" }
        let names = Array(features.columns.prefix(3))
        let columns = names.map { features.numbers($0) }
        let table = CaseTable(
            featureNames: names, features: rows.flatMap { row in columns.map { $0[row] } },
            outcome: [Double](repeating: .nan, count: rows.count), batch: rows.map { batch[$0] })
        let found = try TravellingSubjects(TableRows(table), subject: rows.map { subject[$0] })
        #expect(found.complete == 5 && found.travelling == 5)
        let expected = [
            (0.8611882960725761, 0.8323048813797179), (0.9523944708218584, 0.9411929734321124),
            (-0.15900853641018756, -0.12328612002710988),
        ]
        for (feature, values) in zip(found.features, expected) {
            #expect((try #require(feature.icc) - values.0).magnitude < 1e-10)
            #expect((try #require(feature.concordance) - values.1).magnitude < 1e-10)
        }
        let source = TableRows(table)
        let report = try HarmonisationReport(before: source, after: source, subject: rows.map { subject[$0] })
        #expect(try report.page(before: source, after: source).contains("Travelling subjects"))
        #expect(throws: LocalHarmonisationError.self) {
            try HarmonisationReport(before: source, after: source, subject: rows.map { "\($0)" })
        }
    }

    @Test("A suggested batch is a column of a table that a fit takes, and nothing more")
    func suggestion() throws {
        var (features, meta) = ("case,f0,f1,f2,f3\n", "case,age\n")
        for row in 0..<60 {
            let shift = row % 3 == 0 ? 40.0 : 0
            let cells = (0..<4).map { column in shift + Double((row * (7 + 4 * column)) % 17) + Double(row % 5) / 10 }
            features += "c\(row)," + cells.map { "\($0)" }.joined(separator: ",") + "\n"
            meta += "c\(row),\(30 + (row * 11) % 37)\n"
        }
        let input = try HarmonisationInput(
            features: LocalHarmonisationTests.features(features), meta: LocalHarmonisationTests.meta(meta))
        let suggestion = try BatchSuggestion(
            input, batches: [], design: input.design(numeric: ["age"], categorical: []), classes: nil)
        #expect(suggestion.columns == ["suggested_all"])
        #expect(input.meta.has("suggested_all") == false)
        let table = suggestion.table
        let levels = try table.texts("suggested_all")
        #expect(Set((0..<60).map { "\(levels[$0]) \($0 % 3 == 0)" }).count == 2)
        let accepted = try HarmonisationInput(
            features: LocalHarmonisationTests.features(features), meta: CSVTable(text: table.csv, file: "s.csv"))
        let fitted = try HarmonisationFile.fit(HarmonisationPlan(batchColumns: ["suggested_all"]), input: accepted)
        #expect(fitted.file.batches.map(\.cases).sorted() == [20, 40])
        #expect(throws: LocalHarmonisationError.self) {
            try BatchSuggestion(accepted, batches: [], design: [], classes: nil)
        }
    }

    static func isInstalled(_ program: String) -> Bool {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    @Test("The lines of Python in the documentation replay a table", .enabled(if: isInstalled("python3"), "no python3"))
    func python() throws { try replay("python3", "harmonisation-replay.py") }

    @Test("The lines of R in the documentation replay a table", .enabled(if: isInstalled("Rscript"), "no R"))
    func r() throws { try replay("Rscript", "harmonisation-replay.R") }

    private func replay(_ program: String, _ script: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "replay-\(program)-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, file, harmonised) = try LocalHarmonisationTests.fitted()
        let paths = ["model.json", "features.csv", "meta.csv", "out.csv"].map { folder.appending(path: $0) }
        try file.json().write(to: paths[0])
        let names = input.features.columns
        var text = names.joined(separator: ",") + "\n"
        try input.features.forEachRow { _, line in
            text += try names.indices.map { try line.text($0) }.joined(separator: ",") + "\n"
        }
        try Data(text.utf8).write(to: paths[1])
        try Data(input.meta.csv.utf8).write(to: paths[2])
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program, "\(SharedData.packageRoot)/docs/\(script)"] + paths.map { $0.path() }
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let written = try CSVTable(bytes: Array(try Data(contentsOf: paths[3])), file: "out.csv")
        for (column, name) in ["a", "b"].enumerated() {
            for (row, value) in try written.numbers(name).enumerated() {
                #expect((value - harmonised.features[row * 2 + column]).magnitude < 1e-12)
            }
        }
    }

    @Test("The page of what leaves in each variant is what the code sends")
    func catalogue() throws {
        let page = try String(
            contentsOf: URL(filePath: "\(SharedData.packageRoot)/docs/harmonisation-catalogue.md"), encoding: .utf8)
        #expect(page.hasSuffix(VariantCatalogue.markdown()))
    }
}
