import Federation
import FoundationEssentials
import Harmonisation
import Statistics
import TestKit
import Testing

@Suite("Several batch factors in one model")
struct FactorTests {
    /// 166 CT scans, batches named by vendor, contrast and kernel; README of the fixture has the origin.
    static func scans() throws -> (table: CaseTable, factors: [BatchFactor]) {
        let (features, meta) = (try fixture("features"), try fixture("meta"))
        let names = ["vendor", "contrast", "kernel"]
        let levels = names.map { meta.texts($0) }
        let batch = meta.rows.indices.map { row in BatchCombination.name(levels.map { $0[row] }) }
        let columns = features.columns.map { features.numbers($0) }
        let table = CaseTable(
            featureNames: features.columns, features: meta.rows.indices.flatMap { row in columns.map { $0[row] } },
            covariateNames: ["sex"], covariates: meta.numbers("sex"),
            outcome: [Double](repeating: .nan, count: batch.count), batch: batch)
        return (table, BatchFactor.all(names, in: batch))
    }

    static func fixture(_ name: String) throws -> CSVFixture {
        let path = "\(SharedData.packageRoot)/Tests/HarmonisationTests/Fixtures/factors/\(name).csv"
        return CSVFixture(text: String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self))
    }

    static func fit(
        _ table: CaseTable, _ factors: [BatchFactor], method: ComBatMethod = .parametric, caseMinimum: Int = 1
    ) throws -> FactorComBatFit {
        let census = ExponentCensus(columns: table.featureCount + table.covariateNames.count)
        return FactorComBatFit(
            features: table.featureNames, covariates: table.covariateNames,
            exponents: try census.run(on: [table]).result, factors: factors, method: method, caseMinimum: caseMinimum)
    }

    /// A table of batches with the given levels, two features of noise and a seeded shift for each level of the first factor.
    static func table(_ combinations: [[String]], rows: Int, features: Int = 2, seed: UInt64 = 3) -> CaseTable {
        var generator = SeededGenerator(seed: seed)
        var values: [Double] = []
        var batch: [String] = []
        for levels in combinations {
            let shift = Double(levels[0].unicodeScalars.reduce(0) { $0 + Int($1.value) } % 5)
            for _ in 0..<rows {
                for _ in 0..<features { values.append(shift + generator.normal()) }
                batch.append(BatchCombination.name(levels))
            }
        }
        return CaseTable(
            featureNames: (0..<features).map { "f\($0)" }, features: values,
            outcome: [Double](repeating: .nan, count: batch.count), batch: batch)
    }

    @Test("Vendor, contrast and kernel of real CT scans give the values of statsmodels and numpy")
    func statsmodels() throws {
        let (table, factors) = try Self.scans()
        let model = try Self.fit(table, factors).run(on: [table]).result
        #expect(model.factors.map(\.nestedIn) == [[], [], ["vendor"]])
        let found = try model.apply(to: table)
        #expect(found.fallbacks.isEmpty)
        let expected = try Self.fixture("expected_harmonised")
        let columns = expected.columns.map { expected.numbers($0) }
        let values = expected.rows.indices.flatMap { row in columns.map { $0[row] } }
        let distance = HarmonisationCase.distance(found.table, values, reference: table)
        #expect(distance < 1e-9, "\(distance)")
    }

    @Test("However the scans are divided among sites, combinations included, no bit of sums and model changes")
    func shards() throws {
        let (table, factors) = try Self.scans()
        for method in [ComBatMethod.parametric, .nonparametricMeanOnly] {
            let fit = try Self.fit(table, factors, method: method)
            #expect(try ShardProperty.differences(fit, shard: table, split: { $0.splitByRow($1) }) == [])
        }
    }

    @Test("One factor is ComBat: sva's values, and those of the fit of one batch column", arguments: PeerTests.cases)
    func oneFactor(name: String) throws {
        let peer = try HarmonisationCase(name)
        let factors = BatchFactor.all(["batch"], in: peer.table.batch)
        for (method, file) in [
            (ComBatMethod.parametricSVA, "sva_param"), (.nonparametric, "sva_nonparam"), (.withoutEB, "ncr_noeb"),
        ] {
            let model = try Self.fit(peer.table, factors, method: method).run(on: [peer.table]).result
            let found = try model.apply(to: peer.table).table
            #expect(HarmonisationCase.distance(found, try peer.expected(file), reference: peer.table) < 1e-11)
        }
        let model = try Self.fit(peer.table, factors).run(on: [peer.table]).result
        let single = try peer.table.fitComBat().result.harmonise(peer.table)
        let found = try model.apply(to: peer.table).table
        #expect(HarmonisationCase.distance(found, single.table.features, reference: peer.table) < 1e-11)
        #expect(model.factors[0].levels.map(\.cases) == single.estimates.map(\.cases))
    }

    @Test(
        "A new combination of known levels has the sum of their effects, an unknown level falls back on the coarser factor"
    )
    func fallback() throws {
        let table = Self.table([["GE", "soft"], ["GE", "lung"], ["Siemens", "soft"]], rows: 20, features: 6)
        let model = try Self.fit(table, BatchFactor.all(["vendor", "kernel"], in: table.batch)).run(on: [table]).result
        let new = ["Siemens", "lung"]
        let unknown = ["GE", "bone"]
        let found = try model.estimates(of: [BatchCombination.name(new), BatchCombination.name(unknown)])
        #expect(found.fallbacks == [.init(levels: unknown, unknown: ["kernel"]), .init(levels: new, unknown: [])])
        let vendors = Dictionary(uniqueKeysWithValues: model.factors[0].levels.map { ($0.batch, $0) })
        let kernels = Dictionary(uniqueKeysWithValues: model.factors[1].levels.map { ($0.batch, $0) })
        let (siemens, lung) = (try #require(vendors["Siemens"]), try #require(kernels["lung"]))
        #expect(found.estimates[0].location == vendors["GE"]?.location)
        #expect(found.estimates[0].scale == vendors["GE"]?.scale)
        #expect(found.estimates[1].location == zip(siemens.location, lung.location).map { $0 + $1 })
        #expect(found.estimates[1].scale == zip(siemens.scale, lung.scale).map { $0 * $1 })
        #expect(throws: HarmonisationError.unknownLevel(factor: "vendor", level: "Canon")) {
            try model.estimates(of: [BatchCombination.name(["Canon", "soft"])])
        }
    }

    @Test("A sparse level of a factor that has no effect is drawn to the coarser factor's level, a real effect is kept")
    func shrinkage() throws {
        var combinations: [[String]] = []
        for kernel in ["k1", "k2"] { combinations += [["GE", kernel], ["Siemens", kernel]] }
        var table = Self.table(combinations, rows: 40, features: 200)
        // Three rows of a kernel of their own, of which nothing is known but noise.
        for row in 0..<3 { table.batch[row] = BatchCombination.name(["GE", "rare"]) }
        let factors = BatchFactor.all(["vendor", "kernel"], in: table.batch)
        let none = try Self.fit(table, factors).run(on: [table]).result.factors[1]
        let rare = try #require(none.levels.first { $0.batch == "rare" })
        #expect(rare.location.allSatisfy { $0.magnitude < 0.4 } && rare.scale.allSatisfy { $0 > 0.6 && $0 < 1.6 })
        let raw = try Self.fit(table, factors, method: .withoutEB).run(on: [table]).result.factors[1]
        let loose = try #require(raw.levels.first { $0.batch == "rare" })
        #expect(loose.location.contains { $0.magnitude > 1 })
        for row in table.batch.indices where BatchCombination.levels(of: table.batch[row])[1] == "k2" {
            for column in 0..<200 { table.features[row * 200 + column] += column % 2 == 0 ? 3 : -3 }
        }
        let real = try Self.fit(table, factors).run(on: [table]).result
        let found = try real.apply(to: table).table
        for column in [0, 1] {
            let means = ["k1", "k2"].map { kernel in
                let rows = table.batch.indices.filter { BatchCombination.levels(of: table.batch[$0])[1] == kernel }
                return rows.reduce(0) { $0 + found.features[$1 * 200 + column] } / Double(rows.count)
            }
            #expect((means[0] - means[1]).magnitude < 0.3)
        }
    }

    @Test("Factors whose effects cannot be told apart are refused by name, before any feature leaves")
    func refused() throws {
        func error(_ combinations: [[String]], _ names: [String] = ["vendor", "kernel"]) throws -> HarmonisationError? {
            let table = Self.table(combinations, rows: 5)
            let fit = try Self.fit(table, BatchFactor.all(names, in: table.batch))
            do {
                _ = try fit.run(on: [table])
                return nil
            } catch let error as HarmonisationError { return error }
        }
        #expect(try error([["a", "x"], ["b", "x"]]) == .oneLevel(factor: "kernel"))
        #expect(try error([["a", "x"], ["b", "y"]]) == .factorsConfounded(factor: "kernel", with: ["vendor"]))
        #expect(try error([["a", "x"], ["b", "x"], ["c", "y"]]) == .factorOrder(coarser: "kernel", finer: "vendor"))
        #expect(
            try error([["a", "x"], ["a", "y"], ["b", "x"], ["c", "z"], ["c", "w"], ["d", "z"]])
                == .factorsDisconnected(factor: "kernel", levels: ["x", "y"], with: "vendor", others: ["a", "b"]))
        // Half of a Latin square: pairs are connected, all three together are not.
        #expect(
            try error(
                [["a", "x", "1"], ["a", "y", "2"], ["b", "x", "2"], ["b", "y", "1"]], ["vendor", "kernel", "dose"])
                == nil)
        #expect(
            try error(
                [["a", "x", "1"], ["b", "x", "2"], ["b", "y", "3"], ["a", "y", "2"]], ["vendor", "kernel", "dose"])
                == .factorsConfounded(factor: "dose", with: ["vendor", "kernel"]))
    }

    @Test("A site with too few rows of a combination sends nothing, and unknown levels are named")
    func sparse() throws {
        let table = Self.table([["a", "x"], ["a", "y"], ["b", "x"]], rows: 4)
        let factors = BatchFactor.all(["vendor", "kernel"], in: table.batch)
        #expect(throws: HarmonisationError.sparseCombination(levels: ["a", "x"], cases: 4, minimum: 5)) {
            try Self.fit(table, factors, caseMinimum: 5).run(on: [table])
        }
        let short = [BatchFactor(name: "vendor", levels: ["a"]), factors[1]]
        #expect(throws: HarmonisationError.unknownLevel(factor: "vendor", level: "b")) {
            try Self.fit(table, short).run(on: [table])
        }
        let many = (0..<3).map { BatchFactor(name: "f\($0)", levels: (0..<40).map { "l\($0)" }) }
        #expect(throws: HarmonisationError.tooManyCombinations(64_000, limit: 10_000)) {
            try Self.fit(table, many).run(on: [table])
        }
    }

    @Test("A feature that does not vary within a level passes through; a level of one row gets a location only")
    func constant() throws {
        var table = Self.table([["a", "x"], ["a", "y"], ["b", "x"], ["b", "y"]], rows: 10, features: 5)
        for row in table.batch.indices where table.batch[row].hasPrefix("a") { table.features[row * 5 + 2] = 0.1 }
        table.batch[0] = BatchCombination.name(["c", "x"])
        let model = try Self.fit(table, BatchFactor.all(["vendor", "kernel"], in: table.batch)).run(on: [table]).result
        #expect(model.combat.passedThrough == ["f2"])
        let single = try #require(model.factors[0].levels.first { $0.batch == "c" })
        #expect(single.isLocationOnly && single.scale.allSatisfy { $0 == 1 })
        let found = try model.apply(to: table).table
        #expect(found.features.allSatisfy { $0.isFinite })
        for row in 0..<table.count { #expect(found.features[row * 5 + 2] == table.features[row * 5 + 2]) }
    }
}
