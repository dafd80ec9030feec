import Federation
import Learning
import Statistics
import StudyProtocol
import Validation

extension CrossValidation {
    /// Bootstrap estimate of how much the model's results are too good on the cases that it was fitted to, over all cases and
    /// for each site (Harrell, Lee and Mark 1996), with the .632 and .632+ results (Efron and Tibshirani 1997). Cases are
    /// drawn with replacement within each site, so that a resample has the sites' numbers, and the draws follow from the key,
    /// the site and the number of the resample alone.
    ///
    /// - Parameter resamples: how many; those in which no model can be fitted are left out and counted.
    /// - Throws: `LocalValidationError` for fewer than two resamples, if hardly any has a model, or where there is no model of all
    ///   cases.
    public func optimism(resamples: Int) throws -> [StatisticRecord] {
        guard resamples >= 2 else { throw LocalValidationError.options("--bootstrap: \(resamples) is below 2") }
        let whole = try refit("all cases") { _ in true }.fit
        let apparent = results(of: Array(table.cases.outcome.indices), try whole.probabilities(table.cases))
        let order = table.sites.map { self.order.ordered($0.rows, site: $0.name, names: table.names) }
        var found: [Resampled] = []
        for resample in 1...resamples {
            let drawn = zip(table.sites, order).map { draw(resample, site: $0.name, from: $1) }
            guard let result = try resampled(drawn) else { continue }
            found.append(result)
        }
        guard found.count >= max(2, resamples / 2) else {
            throw LocalValidationError.options(
                "--bootstrap: only \(found.count) of \(resamples) resamples have a model; raise --ridge, or take fewer predictors"
            )
        }
        let probabilities = try whole.probabilities(table.cases)
        return apparent.keys.sorted { $0.place < $1.place }.flatMap { measured in
            records(
                measured, apparent: apparent[measured], gains: found.compactMap { $0.gains[measured] }, of: resamples)
                + outOfBagRecords(
                    measured, apparent: apparent[measured], outOfBag: found.compactMap { $0.outOfBag[measured] },
                    probabilities: probabilities, of: resamples)
        }
    }

    /// A statistic of a site, or of all cases.
    struct Measured: Hashable {
        let statistic: StatisticName
        let site: String
        let place: Int
    }

    /// What the model of one resample is worth.
    private struct Resampled {
        /// Its results on the resample less those on all cases.
        let gains: [Measured: Double]
        /// Its results on the cases that were not drawn.
        let outOfBag: [Measured: Double]
    }

    /// Rows of one site, drawn with replacement.
    private func draw(_ resample: Int, site: String, from rows: [Int]) -> [Int] {
        var generator = SeededGenerator(seed: order.seed("resample", site, "\(resample)"))
        return rows.map { _ in rows[Int(generator.uniform() * Double(rows.count))] }
    }

    /// Results of the model of a resample; nil without a model.
    private func resampled(_ drawn: [[Int]]) throws -> Resampled? {
        let fit: LogisticRefit
        do {
            let assessed = assess(drawn.flatMap(\.self))
            fit = try LogisticRefit(
                try drawn.map { try kept(table.cases.selecting(rows: $0), assessed) }, ridge: ridge)
        } catch  where error is LearningError || error is LocalValidationError {
            return nil
        }
        let probabilities = try fit.probabilities(table.cases)
        let own = results(of: drawn.flatMap(\.self), probabilities)
        let all = results(of: Array(table.cases.outcome.indices), probabilities)
        let gains = own.reduce(into: [Measured: Double]()) { gains, entry in
            if case .value(let onSample) = entry.value, let onCases = all[entry.key]?.number {
                gains[entry.key] = onSample.value - onCases
            }
        }
        let seen = Set(drawn.flatMap(\.self))
        let left = results(of: table.cases.outcome.indices.filter { !seen.contains($0) }, probabilities)
        return Resampled(gains: gains, outOfBag: left.compactMapValues(\.number))
    }

    /// AUC, calibration slope and Brier score of rows, and the AUC of each site's.
    private func results(of rows: [Int], _ probabilities: [Double]) -> [Measured: Estimate] {
        let cases = PredictionAnalysis.Cases(
            scores: rows.map { probabilities[$0] }, outcome: rows.map { table.cases.outcome[$0] }, label: "", site: "")
        func area(_ found: Discrimination) -> Estimate {
            found.areaOnLogit.number == nil ? found.area : found.areaOnLogit
        }
        var found: [Measured: Estimate] = [
            Measured(statistic: .auc, site: "", place: 0): area(cases.discrimination),
            Measured(statistic: .calibrationSlope, site: "", place: 1): cases.calibration(\.slope),
            Measured(statistic: .brier, site: "", place: 2): cases.calibration(\.brier),
        ]
        let bySite = Dictionary(grouping: rows) { table.cases.batch[$0] }
        for (place, site) in table.sites.enumerated() {
            let own = bySite[site.name] ?? []
            found[Measured(statistic: .auc, site: site.name, place: 3 + place)] = area(
                Discrimination(scores: own.map { probabilities[$0] }, outcome: own.map { table.cases.outcome[$0] }))
        }
        return found
    }

    private func records(
        _ measured: Measured, apparent: Estimate?, gains: [Double], of resamples: Int
    ) -> [StatisticRecord] {
        let name = measured.statistic
        guard case .value(let apparent)? = apparent, gains.count >= 2 else {
            let reason = apparent.map(\.reason).flatMap { $0.isEmpty ? nil : $0 } ?? "too few resamples have it"
            return [
                StatisticRecord(
                    .optimism, variant: name.rawValue, site: measured.site,
                    .notEstimable(reason))
            ]
        }
        let b = Double(gains.count)
        let mean = gains.reduce(0, +) / b
        let spread = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (b - 1)
        let note = "\(gains.count) of \(resamples) resamples within sites, " + method
        // A slope has no bounds.
        func inside(_ value: Double) -> Double { name == .calibrationSlope ? value : min(1, max(0, value)) }
        let corrected = EstimateValue(
            value: inside(apparent.value - mean), lower: apparent.lower.map { inside($0 - mean) },
            upper: apparent.upper.map { inside($0 - mean) }, n: apparent.n, events: apparent.events,
            method: "apparent result and interval moved by the optimism, " + note)
        let optimism = EstimateValue.normal(
            mean, standardError: (spread / b).squareRoot(), n: apparent.n, events: apparent.events,
            method: note + ", interval of the resampling")
        // The apparent results of all cases are among those of the whole model.
        let ofSite =
            measured.site.isEmpty
            ? [] : [StatisticRecord(name, variant: "apparent", site: measured.site, .value(apparent))]
        return ofSite + [
            StatisticRecord(.optimism, variant: name.rawValue, site: measured.site, .value(optimism)),
            StatisticRecord(name, variant: "corrected for optimism", site: measured.site, .value(corrected)),
        ]
    }
}
