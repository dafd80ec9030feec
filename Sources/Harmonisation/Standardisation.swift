import Federation

/// The standardised scale of a model, (value - fitted) / pooled deviation, in blocks of columns.
struct Standardisation {
    private let model: ComBatModel
    private let blocks: [Block]

    /// One block of columns: what the loops over a row read.
    private struct Block {
        let columns: Range<Int>
        let grandMean: DoubleRow
        /// Infinite for a column that is not adjusted, so that it standardises to 0.
        let deviation: DoubleRow
        let effects: [DoubleRow]
    }

    init(_ model: ComBatModel, adjusting active: [Int]) {
        self.model = model
        let q = model.covariates.count
        var deviation = [Double](repeating: .infinity, count: model.features.count)
        for column in active { deviation[column] = model.pooledStandardDeviation[column] }
        blocks = FeatureBlock.all(model.features.count).map { columns in
            Block(
                columns: columns, grandMean: DoubleRow(model.grandMean[columns]),
                deviation: DoubleRow(deviation[columns]),
                effects: (0..<q).map { i in DoubleRow(columns.map { model.beta[$0 * q + i] }) })
        }
    }

    private func predict(_ row: Int, of table: CaseTable, _ block: Block, into fitted: DoubleRow) {
        let width = block.columns.count
        let q = block.effects.count
        var done = 0
        if q >= 2 {
            // Two at once spare two passes over the block; the order of the additions is the same.
            FeatureBlock.predict(
                block.grandMean.start, block.effects[0].start, times: table.covariates[row * q],
                block.effects[1].start, times: table.covariates[row * q + 1], into: fitted.start, count: width)
            done = 2
        } else {
            fitted.start.update(from: block.grandMean.start, count: width)
        }
        for i in done..<q {
            FeatureBlock.addEffects(
                block.effects[i].start, times: table.covariates[row * q + i], to: fitted.start, count: width)
        }
    }

    /// Mean and variance (denominator n - 1; 0 for one value) of each column over the values that a batch's rows have, and
    /// whether these are all the same, or fewer than two. The same bits in every order of the rows; they are read twice.
    ///
    /// - Throws: `HarmonisationError.outOfRange` naming the feature.
    func moments(
        of batch: Int, in source: some RowSource
    ) throws -> (moments: [EmpiricalBayes.Estimate], isConstant: [Bool]) {
        let count = source.batches[batch].rows
        let found = blocks.map { BlockMoments(width: $0.columns.count) }
        for pass in 0..<2 {
            try source.forEachChunk(of: batch) { table, rows in
                for (block, moments) in zip(blocks, found) {
                    table.features.withUnsafeBufferPointer { features in
                        guard let start = features.baseAddress else { return }
                        for row in rows {
                            predict(row, of: table, block, into: moments.fitted)
                            let values = start + row * table.featureCount + block.columns.lowerBound
                            if pass == 0 {
                                moments.add(values, deviation: block.deviation)
                            } else {
                                moments.addSquare(values, deviation: block.deviation)
                            }
                        }
                    }
                }
            }
            for moments in found { moments.finish(pass: pass, rows: count) }
        }
        for (block, moments) in zip(blocks, found) {
            guard let place = moments.outOfRange else { continue }
            throw HarmonisationError.outOfRange(feature: model.features[block.columns.lowerBound + place])
        }
        return (found.flatMap { $0.estimates(rows: count) }, found.flatMap(\.isConstant))
    }

    /// Takes location and scale of a batch off its rows; what the model or the batch does not adjust keeps its bits.
    func adjust(_ rows: [Int], of table: inout CaseTable, by estimate: BatchEstimate) {
        let constant = Set(estimate.constantFeatures)
        let p = table.featureCount
        for block in blocks {
            let width = block.columns.count
            let fitted = DoubleRow(width)
            let location = DoubleRow(estimate.location[block.columns])
            let root = DoubleRow(estimate.scale[block.columns].map { $0.squareRoot() })
            let isAdjusted = DoubleRow(
                block.columns.map { column in
                    let isActive = block.deviation.start[column - block.columns.lowerBound] < .infinity
                    return isActive && !constant.contains(model.features[column]) ? 1 : 0
                })
            for row in rows {
                predict(row, of: table, block, into: fitted)
                table.features.withUnsafeMutableBufferPointer { features in
                    FeatureBlock.adjust(
                        features.baseAddress.unsafelyUnwrapped + row * p + block.columns.lowerBound,
                        fitted: fitted.start, deviation: block.deviation.start, location: location.start,
                        root: root.start, isAdjusted: isAdjusted.start, count: width)
                }
            }
        }
    }
}

/// Moments of one batch's standardised values over a block of columns.
private final class BlockMoments {
    let fitted: DoubleRow
    private let width: Int
    private let present, centre, smallest, largest: DoubleRow
    private var sums: [ExactSum]
    private var accumulator: ExactRows

    init(width: Int) {
        self.width = width
        (fitted, present, centre) = (DoubleRow(width), DoubleRow(width), DoubleRow(width))
        (smallest, largest) = (DoubleRow(width, repeating: .infinity), DoubleRow(width, repeating: -.infinity))
        sums = [ExactSum](
            repeating: ExactSum(
                .unitScale("moment", shape: [width], meaning: "local sums", discloses: "nothing: not sent")),
            count: 2)
        accumulator = ExactRows(width: width)
    }

    /// Adds a row whose prediction is in `fitted`.
    func add(_ values: UnsafePointer<Double>, deviation: DoubleRow) {
        FeatureBlock.standardise(
            values, deviation: deviation.start, fitted: fitted.start, present: present.start,
            smallest: smallest.start, largest: largest.start, count: width)
        accumulator.add(fitted.start, to: &sums[0], at: 0)
    }

    /// Adds a row's square about the mean.
    func addSquare(_ values: UnsafePointer<Double>, deviation: DoubleRow) {
        FeatureBlock.squareDistance(
            values, deviation: deviation.start, centre: centre.start, fitted: fitted.start, count: width)
        accumulator.add(fitted.start, to: &sums[1], at: 0)
    }

    func finish(pass: Int, rows: Int) {
        accumulator.flush(into: &sums[pass], at: 0)
        guard pass == 0 else { return }
        for index in 0..<width {
            let n = present.start[index]
            // Over all rows with 0 for a missing value; the factor is 1 exactly where nothing is missing.
            centre.start[index] = n > 0 ? sums[0].mean(index, rows: rows) * (Double(rows) / n) : 0
        }
    }

    /// The column of a sum that is beyond its bound.
    var outOfRange: Int? {
        for sum in sums {
            do { _ = try sum.block() } catch {
                if case .outOfBound(_, let index) = error { return index }
                return 0
            }
        }
        return nil
    }

    func estimates(rows: Int) -> [EmpiricalBayes.Estimate] {
        (0..<width).map { index in
            let n = present.start[index]
            let share = n > 0 ? Double(rows) / n : 0
            let correction = n > 1 ? n / (n - 1) : 0
            return .init(
                gamma: centre.start[index], delta: sums[1].mean(index, rows: rows) * share * correction, n: n)
        }
    }

    var isConstant: [Bool] { (0..<width).map { !(smallest.start[$0] < largest.start[$0]) } }
}
