import Federation
import Harmonisation
import Plots
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The charts of a report on harmonisation.
enum ReportCharts {
    /// Scores of the rows on the first two principal components, batch by batch.
    static func scores(_ scores: [[Double]], batch: [String], title: String) -> Chart {
        let names = Set(batch).sorted()
        let points = scores.map { PlotPoint($0[0], $0.count > 1 ? $0[1] : 0) }
        return Chart(
            title: title,
            summary: "Scores of \(scores.count) rows in \(names.count) batches on the first two principal components.",
            x: Axis(label: "first component", holding: points.map(\.x)),
            y: Axis(label: "second component", holding: points.map(\.y)),
            marks: names.enumerated().map { place, name in
                .points(batch.indices.filter { batch[$0] == name }.map { points[$0] }, .number(place), name: name)
            })
    }

    /// Gaussian kernel densities of groups of values with Silverman's bandwidth (1986, eq. 3.31 without the quartiles).
    static func densities(_ groups: [(name: String, values: [Double])], label: String, title: String) -> Chart {
        let all = groups.flatMap(\.values)
        let x = Axis(label: label, holding: all)
        let curves = groups.map { density($0.values, over: x) }
        return Chart(
            title: title,
            summary: "Densities of \(label) in \(groups.map(\.name).joined(separator: ", ")), "
                + "with means \(groups.map { PlotNumber.short(mean($0.values)) }.joined(separator: ", ")).",
            x: x, y: Axis(label: "density", from: 0, to: max(curves.joined().map(\.y).max() ?? 0, 1e-300) * 1.05),
            marks: zip(groups, curves).enumerated().map { place, group in
                .line(group.1, .number(place), name: group.0.name)
            })
    }

    /// The empirical law of a batch's locations beside their prior.
    static func locationPrior(_ fit: PriorFit) -> Chart? {
        guard let prior = fit.locationPrior else { return nil }
        return law(fit.locations, label: "location, SD", title: "Locations of batch \(fit.batch)") { x in
            let difference = x - prior.mean
            return exp(-difference * difference / (2 * prior.variance)) / (2 * Double.pi * prior.variance).squareRoot()
        }
    }

    /// The empirical law of a batch's squared scales beside their prior.
    static func scalePrior(_ fit: PriorFit) -> Chart? {
        guard let prior = fit.scalePrior else { return nil }
        let constant = prior.shape * log(prior.rate) - SpecialFunctions.logGamma(prior.shape)
        return law(fit.scales, label: "squared scale", title: "Scales of batch \(fit.batch)") { x in
            x > 0 ? exp(constant - (prior.shape + 1) * log(x) - prior.rate / x) : 0
        }
    }

    private static func law(
        _ values: [Double], label: String, title: String, prior: (Double) -> Double
    ) -> Chart {
        let x = Axis(label: label, holding: values)
        let empirical = density(values, over: x)
        let curve = empirical.map { PlotPoint($0.x, prior($0.x)) }
        let top = (empirical + curve).map(\.y).filter(\.isFinite).max() ?? 1
        return Chart(
            title: title,
            summary: "\(label) of \(values.count) features, mean \(PlotNumber.short(mean(values))), beside the prior.",
            x: x, y: Axis(label: "density", from: 0, to: max(top, 1e-300) * 1.05),
            marks: [.line(empirical, .a, name: "empirical"), .line(curve, .b, name: "prior")])
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }

    private static func density(_ values: [Double], over axis: Axis) -> [PlotPoint] {
        let n = Double(values.count)
        let centre = mean(values)
        let square = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
        let bandwidth = 0.9 * (square / max(n - 1, 1)).squareRoot() * pow(max(n, 1), -0.2)
        return (0...120).map { step in
            let x = axis.lower + (axis.upper - axis.lower) * Double(step) / 120
            guard bandwidth > 0 else { return PlotPoint(x, 0) }
            let sum = values.reduce(0) { sum, value in
                let z = (x - value) / bandwidth
                return sum + exp(-z * z / 2)
            }
            return PlotPoint(x, sum / (n * bandwidth * (2 * Double.pi).squareRoot()))
        }
    }
}
