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

    /// Mean and variance (denominator n - 1; 0 for one value) of each column over the values that the rows have, and
    /// whether these are all the same, or fewer than two. The same bits in every order of the rows.
    ///
    /// - Throws: `HarmonisationError.outOfRange` naming the feature.
    func moments(
        of rows: [Int], in table: CaseTable
    ) throws(HarmonisationError) -> (moments: [EmpiricalBayes.Estimate], isConstant: [Bool]) {
        var moments: [EmpiricalBayes.Estimate] = []
        var isConstant: [Bool] = []
        for block in blocks {
            let width = block.columns.count
            let (fitted, present, centre) = (DoubleRow(width), DoubleRow(width), DoubleRow(width))
            let (smallest, largest) = (DoubleRow(width, repeating: .infinity), DoubleRow(width, repeating: -.infinity))
            var sums = [ExactSum](
                repeating: ExactSum(
                    .unitScale("moment", shape: [width], meaning: "local sums", discloses: "nothing: not sent")),
                count: 2)
            var accumulator = ExactRows(width: width)
            table.features.withUnsafeBufferPointer { features in
                let start = features.baseAddress.unsafelyUnwrapped + block.columns.lowerBound
                let p = table.featureCount
                for row in rows {
                    predict(row, of: table, block, into: fitted)
                    FeatureBlock.standardise(
                        start + row * p, deviation: block.deviation.start, fitted: fitted.start,
                        present: present.start, smallest: smallest.start, largest: largest.start, count: width)
                    accumulator.add(fitted.start, to: &sums[0], at: 0)
                }
                accumulator.flush(into: &sums[0], at: 0)
                for index in 0..<width {
                    let n = present.start[index]
                    // Over all rows with 0 for a missing value; the factor is 1 exactly where nothing is missing.
                    centre.start[index] =
                        n > 0 ? sums[0].mean(index, rows: rows.count) * (Double(rows.count) / n) : 0
                }
                for row in rows {
                    predict(row, of: table, block, into: fitted)
                    FeatureBlock.squareDistance(
                        start + row * p, deviation: block.deviation.start, centre: centre.start, fitted: fitted.start,
                        count: width)
                    accumulator.add(fitted.start, to: &sums[1], at: 0)
                }
                accumulator.flush(into: &sums[1], at: 0)
            }
            for sum in sums {
                do { _ = try sum.block() } catch {
                    var place = 0
                    if case .outOfBound(_, let index) = error { place = index }
                    throw .outOfRange(feature: model.features[block.columns.lowerBound + place])
                }
            }
            for index in 0..<width {
                let n = present.start[index]
                let share = n > 0 ? Double(rows.count) / n : 0
                let correction = n > 1 ? n / (n - 1) : 0
                moments.append(
                    .init(
                        gamma: centre.start[index],
                        delta: sums[1].mean(index, rows: rows.count) * share * correction, n: n))
                isConstant.append(!(smallest.start[index] < largest.start[index]))
            }
        }
        return (moments, isConstant)
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
