import Federation
import Harmonisation
import Statistics
import TestKit
import Testing

@Suite("Several batch factors with a reference, missing values and CovBat")
struct FactorVariantTests {
    static func fit(
        _ table: CaseTable, _ factors: [BatchFactor], method: ComBatMethod = .parametric, smooth: [[Int]] = [],
        reference: [String]? = nil, allowsMissing: Bool = false, caseMinimum: Int = 1
    ) throws -> FactorComBatFit {
        let census = ExponentCensus(
            columns: table.featureCount + table.covariateNames.count, allowsMissing: allowsMissing)
        return FactorComBatFit(
            features: table.featureNames, covariates: table.covariateNames,
            exponents: try census.run(on: [table]).result, factors: factors, method: method, smooth: smooth,
            caseMinimum: caseMinimum, reference: reference, allowsMissing: allowsMissing)
    }

    /// Every seventh to eleventh value of every third feature is missing, where a combination has ten rows.
    static func scansWithGaps() throws -> (table: CaseTable, factors: [BatchFactor]) {
        var (table, factors) = try FactorTests.scans()
        let sizes = Dictionary(grouping: table.batch) { $0 }.mapValues(\.count)
        let rows = (0..<table.count).filter { sizes[table.batch[$0], default: 0] >= 10 }
        for column in stride(from: 0, to: table.featureCount, by: 3) {
            for row in stride(from: column % 5, to: rows.count, by: 7 + column % 5).map({ rows[$0] }) {
                table.features[row * table.featureCount + column] = .nan
            }
        }
        return (table, factors)
    }

    @Test(
        "One factor with a reference is sva's ref.batch",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"),
        arguments: ["synth_main", "fcon_real"])
    func referenceOfOneFactor(name: String) throws {
        let peer = try HarmonisationCase(name)
        let reference = try JSONFixture.shared("data/harmonisation/\(name)/case.json")["reference_batch"].text
        let factors = BatchFactor.all(["batch"], in: peer.table.batch)
        for (method, file) in [(ComBatMethod.parametricSVA, "sva_ref"), (.nonparametric, "sva_ref_nonparam")] {
            let model = try Self.fit(peer.table, factors, method: method, reference: [reference]).run(on: [peer.table])
            let found = try model.result.apply(to: peer.table).table
            #expect(HarmonisationCase.distance(found, try peer.expected(file), reference: peer.table) < 1e-11)
        }
    }

    @Test("Rows of the reference's levels keep their bits, and no division of the rows changes one")
    func reference() throws {
        let (table, factors) = try FactorTests.scans()
        let most = Dictionary(grouping: table.batch) { $0 }.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
        let name = try #require(most?.key)
        let reference = BatchCombination.levels(of: name)
        let fit = try Self.fit(table, factors, reference: reference)
        #expect(try ShardProperty.differences(fit, shard: table, split: { $0.splitByRow($1) }) == [])
        let model = try fit.run(on: [table]).result
        #expect(model.combat.reference == name)
        for (effects, level) in zip(model.factors, reference) {
            let own = try #require(effects.levels.first { $0.batch == level })
            #expect(own.location.allSatisfy { $0 == 0 } && own.scale.allSatisfy { $0 == 1 })
        }
        let found = try model.apply(to: table).table
        let p = table.featureCount
        for row in 0..<table.count {
            let (before, after) = (table.features[row * p..<(row + 1) * p], found.features[row * p..<(row + 1) * p])
            #expect((before == after) == (table.batch[row] == name))
        }
    }

    @Test("Effects beside a reference are the coefficients of a dense regression with dummy columns")
    func denseReference() throws {
        let (scans, _) = try FactorTests.scans()
        var table = scans
        table.batch = scans.batch.map { BatchCombination.name(Array(BatchCombination.levels(of: $0).prefix(2))) }
        let factors = BatchFactor.all(["vendor", "contrast"], in: table.batch)
        let reference = factors.map { $0.levels[$0.levels.count - 1] }
        let model = try Self.fit(table, factors, method: .withoutEB, reference: reference).run(on: [table]).result
        let p = table.featureCount
        let others = factors.indices.map { factor in factors[factor].levels.filter { $0 != reference[factor] } }
        let rows = table.batch.map(BatchCombination.levels)
        let design = rows.map { row -> [Double] in
            var columns = [1.0]
            for (factor, levels) in others.enumerated() { columns += levels.map { row[factor] == $0 ? 1.0 : 0 } }
            return columns
        }
        let combat = model.combat
        for column in 0..<p where !combat.passedThrough.contains(combat.features[column]) {
            let z = (0..<table.count).map { row in
                let fitted = combat.grandMean[column] + combat.beta[column] * table.covariates[row]
                return (table.features[row * p + column] - fitted) / combat.pooledStandardDeviation[column]
            }
            let own = z.indices.filter { table.batch[$0] == combat.reference }.map { z[$0] }
            let square = own.reduce(0) { $0 + $1 * $1 } / Double(own.count)
            #expect((own.reduce(0, +) / Double(own.count)).magnitude < 1e-10 && (square - 1).magnitude < 1e-10)
            let coefficients = Self.regression(design, z)
            for (place, level) in others[1].enumerated() {
                let found = try #require(model.factors[1].levels.first { $0.batch == level }).location[column]
                #expect((found - coefficients[1 + others[0].count + place]).magnitude < 1e-9)
            }
        }
    }

    /// Least squares by Gauss-Jordan elimination of the normal equations, which are well conditioned here.
    static func regression(_ design: [[Double]], _ response: [Double]) -> [Double] {
        let width = design[0].count
        var system = (0..<width).map { i -> [Double] in
            let row = (0..<width).map { j in design.reduce(0) { $0 + $1[i] * $1[j] } }
            return row + [zip(design, response).reduce(0) { $0 + $1.0[i] * $1.1 }]
        }
        for pivot in 0..<width {
            let divisor = system[pivot][pivot]
            system[pivot] = system[pivot].map { $0 / divisor }
            for other in 0..<width where other != pivot {
                let factor = system[other][pivot]
                system[other] = zip(system[other], system[pivot]).map { $0 - factor * $1 }
            }
        }
        return system.map { $0[width] }
    }

    @Test("A reference that does not occur, or has one row, is refused by name")
    func refusedReference() throws {
        var table = FactorTests.table([["a", "x"], ["a", "y"], ["b", "x"]], rows: 6)
        table.batch[0] = BatchCombination.name(["c", "y"])
        let factors = BatchFactor.all(["vendor", "kernel"], in: table.batch)
        func error(_ reference: [String]) throws -> HarmonisationError? {
            let fit = try Self.fit(table, factors, reference: reference)
            do {
                _ = try fit.run(on: [table])
                return nil
            } catch let error as HarmonisationError { return error }
        }
        #expect(try error(["b", "y"]) == .unknownBatch("b / y"))
        #expect(try error(["c", "y"]) == .batchTooSmall(cases: 1, minimum: 2))
        #expect(try error(["d", "y"]) == .unknownLevel(factor: "vendor", level: "d"))
        #expect(try error(["a", "x"]) == nil)
    }

    @Test(
        "One factor with missing values is the fit of one batch column",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
    func missingOfOneFactor() throws {
        let peer = try HarmonisationCase("synth_missing")
        let factors = BatchFactor.all(["batch"], in: peer.table.batch)
        let model = try Self.fit(peer.table, factors, allowsMissing: true).run(on: [peer.table]).result
        let single = try VariantTests.fitIncomplete(peer, .parametric, .values, shards: 1).result
        #expect(model.combat.passedThrough == single.passedThrough)
        let (found, expected) = (try model.apply(to: peer.table).table, try single.harmonise(peer.table).table)
        for (column, deviation) in single.pooledStandardDeviation.enumerated() {
            for row in 0..<found.count {
                let place = row * found.featureCount + column
                let (own, other) = (found.features[place], expected.features[place])
                #expect(own.isNaN == other.isNaN)
                #expect(own.isNaN || (own - other).magnitude < 1e-11 * max(deviation, 1e-300))
            }
        }
    }

    @Test(
        "One factor with missing values, a smooth covariate and a reference is the fit of one batch column",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
    func missingSmoothReferenceOfOneFactor() throws {
        var (table, groups) = try VariantTests.smooth("synth_main")
        for row in stride(from: 0, to: table.count, by: 7) { table.features[row * 6 + row % 2] = .nan }
        let factors = BatchFactor.all(["batch"], in: table.batch)
        let fit = try Self.fit(table, factors, smooth: groups, reference: ["S02"], allowsMissing: true)
        #expect(try ShardProperty.differences(fit, shard: table, split: { $0.splitByRow($1) }) == [])
        let found = try fit.run(on: [table]).result.apply(to: table).table
        let census = try ExponentCensus(columns: 11, allowsMissing: true).run(on: [table]).result
        let single = IncompleteComBatFit(
            features: table.featureNames, covariates: table.covariateNames, exponents: census, smooth: groups)
        #expect(try ShardProperty.differences(single, shard: table, split: { $0.splitByBatch($1) }) == [])
        let anchor = ReferenceBatchFit(try single.run(on: [table]).result, reference: "S02")
        #expect(try ShardProperty.differences(anchor, shard: table, split: { $0.splitByRow($1) }) == [])
        let model = try anchor.run(on: [table]).result
        let expected = try model.harmonise(table).table
        for place in found.features.indices {
            let (own, other) = (found.features[place], expected.features[place])
            #expect(own.isNaN == other.isNaN)
            #expect(own.isNaN || (own - other).magnitude < 1e-9 * model.pooledStandardDeviation[place % 6])
        }
    }

    @Test("A feature that no row of the reference's levels has is refused by name")
    func absentInReference() throws {
        var table = FactorTests.table([["a", "x"], ["a", "y"], ["b", "x"], ["b", "y"]], rows: 6)
        let factors = BatchFactor.all(["vendor", "kernel"], in: table.batch)
        for row in 0..<6 { table.features[row * 2] = .nan }
        let fit = try Self.fit(table, factors, reference: ["a", "x"], allowsMissing: true)
        #expect(throws: HarmonisationError.absent(features: ["f0"])) { try fit.run(on: [table]) }
    }

    @Test("No division of rows with missing values changes a bit, and complete features do not change")
    func missingShards() throws {
        let (table, factors) = try Self.scansWithGaps()
        let fit = try Self.fit(table, factors, allowsMissing: true)
        #expect(try ShardProperty.differences(fit, shard: table, split: { $0.splitByRow($1) }) == [])
        let (scans, _) = try FactorTests.scans()
        let complete = try Self.fit(scans, factors).run(on: [scans]).result.apply(to: scans).table
        let same = try Self.fit(scans, factors, allowsMissing: true).run(on: [scans]).result.apply(to: scans).table
        #expect(HarmonisationCase.distance(same, complete.features, reference: scans) < 1e-9)
    }

    @Test("Without empirical Bayes a feature with missing values is fitted as its rows alone, but for the grand mean")
    func missingRows() throws {
        let (scans, _) = try Self.scansWithGaps()
        // Levels of one row have the mean scale of all rows, which are others without the gaps.
        let sizes = Dictionary(grouping: scans.batch) { $0 }.mapValues(\.count)
        let table = scans.selecting(rows: (0..<scans.count).filter { sizes[scans.batch[$0], default: 0] >= 10 })
        let factors = BatchFactor.all(["vendor", "contrast", "kernel"], in: table.batch)
        let model = try Self.fit(table, factors, method: .withoutEB, allowsMissing: true).run(on: [table]).result
        let found = try model.apply(to: table).table
        let p = table.featureCount
        for column in [0, 3, 9] {
            let name = table.featureNames[column]
            let rows = (0..<table.count).filter { !table.features[$0 * p + column].isNaN }
            #expect(rows.count < table.count)
            let own = try table.selecting(rows: rows).selecting(features: [name])
            let alone = try Self.fit(own, factors, method: .withoutEB).run(on: [own]).result
            let expected = try alone.apply(to: own).table
            let deviation = alone.combat.pooledStandardDeviation[0]
            #expect((model.combat.pooledStandardDeviation[column] / deviation - 1).magnitude < 1e-10)
            let shift = model.combat.grandMean[column] - alone.combat.grandMean[0]
            for (place, row) in rows.enumerated() {
                let difference = found.features[row * p + column] - expected.features[place] - shift
                #expect(difference.magnitude < 1e-8 * deviation)
            }
        }
    }

    @Test("A feature that a level does not have, or whose rows do not tell levels apart, is refused by name")
    func refusedMissing() throws {
        var table = FactorTests.table([["a", "x"], ["a", "y"], ["b", "x"], ["b", "y"]], rows: 6)
        let factors = BatchFactor.all(["vendor", "kernel"], in: table.batch)
        func error(_ table: CaseTable, caseMinimum: Int = 1) throws -> HarmonisationError? {
            let fit = try Self.fit(table, factors, allowsMissing: true, caseMinimum: caseMinimum)
            do {
                _ = try fit.run(on: [table])
                return nil
            } catch let error as HarmonisationError { return error }
        }
        var diagonal = table
        for row in 0..<24 where [1, 2].contains(row / 6) { diagonal.features[row * 2] = .nan }
        #expect(try error(diagonal) == .confoundedWhereMissing(feature: "f0", factor: "kernel"))
        for row in 0..<5 { table.features[row * 2] = .nan }
        #expect(try error(table) == nil)
        // What few rows have is as revealing as few rows.
        #expect(try error(table, caseMinimum: 3) == .sparseCombination(levels: ["a", "x"], cases: 1, minimum: 3))
        for row in 0..<12 { table.features[row * 2] = .nan }
        #expect(try error(table) == .absent(features: ["f0"]))
    }

    @Test(
        "CovBat of one factor is that of one batch column",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
    func covarianceOfOneFactor() throws {
        let (peer, model, sites) = try VariantTests.harmonised("synth_main", shards: 1)
        let factors = BatchFactor.all(["batch"], in: peer.table.batch)
        let single = try CovarianceModel.fit(after: model, to: sites.map(TableRows.init))
        let several = try CovarianceModel.fit(after: model, to: sites.map(TableRows.init), factors: factors)
        let scores = try #require(several.factors).estimates(of: peer.table.batch).estimates
        let found = try several.model.apply(scores, to: sites[0], after: model)
        let expected = try single.model.apply(single.estimates, to: sites[0], after: model)
        #expect(HarmonisationCase.distance(found, expected.features, reference: peer.table) < 1e-10)
    }

    @Test("CovBat of several factors leaves scores whose levels differ no more; sites that share levels change no bit")
    func covariance() throws {
        let (table, factors) = try FactorTests.scans()
        let model = try Self.fit(table, factors).run(on: [table]).result
        let before = try model.apply(to: table).table
        func fitted(_ sites: [CaseTable]) throws -> CovarianceModel.Fitted {
            try CovarianceModel.fit(after: model.combat, to: sites.map(TableRows.init), factors: factors)
        }
        let one = try fitted([before])
        #expect(try fitted(before.splitByRow(3)) == one)
        let scores = try #require(one.factors)
        let after = try one.model.apply(scores.estimates(of: table.batch).estimates, to: before, after: model.combat)
        let again = try #require(try fitted([after]).factors)
        // Of the leading component, whose scores are the same up to the change of the axes.
        func spread(_ factors: FactorComBatModel) -> Double {
            factors.factors.flatMap(\.levels).filter { $0.cases > 10 }.map { $0.location[0].magnitude }.max() ?? 0
        }
        #expect(spread(again) < 0.5 * spread(scores))
        #expect(after.features.allSatisfy { $0.isFinite })
    }

    /// What random intercepts leave of the longitudinal fixture, whose batches are combinations of hospital and scanner.
    static func withoutIntercepts(
        hospitals: Bool, method: ComBatMethod
    ) throws -> (combat: ComBatModel, rest: any RowSource, [BatchFactor]) {
        let whole = try HarmonisationCase("synth_longitudinal")
        let subjects = try CSVFixture.shared("data/harmonisation/synth_longitudinal/meta.csv").texts("subject")
        var table = whole.table
        let first = Set(Set(subjects).sorted().prefix(14))
        if hospitals {
            for row in 0..<table.count {
                table.batch[row] = BatchCombination.name([first.contains(subjects[row]) ? "A" : "B", table.batch[row]])
            }
        }
        let shard = LongitudinalTable(table: table, subject: subjects)
        let exponents = try ExponentCensus(columns: table.featureCount + 1).run(on: [table]).result
        let fitted = try RandomInterceptFit(
            features: table.featureNames, covariates: table.covariateNames, exponents: exponents, method: method
        ).fit([shard])
        let intercepts = try fitted.batchIntercepts(shard, exponents: exponents)
        return (
            fitted.combat, fitted.subjectIntercepts(shard, batches: intercepts).rest,
            BatchFactor.all(hospitals ? ["hospital", "scanner"] : ["scanner"], in: table.batch)
        )
    }

    static func effects(
        _ combat: ComBatModel, _ rest: any RowSource, _ factors: [BatchFactor]
    ) throws -> FactorComBatModel {
        let columns = combat.features.count + combat.covariates.count
        return try FactorComBatFit(
            features: combat.features, covariates: combat.covariates,
            exponents: ExponentCensus(columns: columns).run(chunksOf: [rest]), factors: factors,
            method: combat.method, pooled: combat
        ).run(chunksOf: [rest])
    }

    @Test(
        "After random intercepts one factor has the estimates of one batch column",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
    func interceptsOfOneFactor() throws {
        let (combat, rest, factors) = try Self.withoutIntercepts(hospitals: false, method: .parametric)
        let model = try Self.effects(combat, rest, factors)
        #expect(model.combat == combat)
        for (found, expected) in zip(model.factors[0].levels, try combat.estimates(rest)) {
            #expect(found.batch == expected.batch)
            #expect(zip(found.location, expected.location).allSatisfy { ($0 - $1).magnitude < 1e-10 })
            #expect(zip(found.scale, expected.scale).allSatisfy { ($0 / $1 - 1).magnitude < 1e-10 })
        }
    }

    @Test(
        "After random intercepts effects of scanners beside hospitals are those of a dense regression",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
    func interceptsOfSeveralFactors() throws {
        let (combat, rest, factors) = try Self.withoutIntercepts(hospitals: true, method: .withoutEB)
        let model = try Self.effects(combat, rest, factors)
        let scanners = factors[1].levels
        var (design, values): ([[Double]], [[Double]]) = ([], [])
        try rest.forEachChunk { table, rows in
            for row in rows {
                let levels = BatchCombination.levels(of: table.batch[row])
                design.append([1, levels[0] == "A" ? 1 : 0] + scanners.dropFirst().map { levels[1] == $0 ? 1 : 0 })
                let p = combat.features.count
                values.append(
                    (0..<p).map { column in
                        let fitted = combat.grandMean[column] + combat.beta[column] * table.covariates[row]
                        return (table.features[row * p + column] - fitted) / combat.pooledStandardDeviation[column]
                    })
            }
        }
        for column in combat.features.indices {
            let coefficients = Self.regression(design, values.map { $0[column] })
            let effects = model.factors[1].levels.map { $0.location[column] }
            for level in scanners.indices.dropFirst() {
                #expect((effects[level] - effects[0] - coefficients[1 + level]).magnitude < 1e-9)
            }
        }
    }
}
