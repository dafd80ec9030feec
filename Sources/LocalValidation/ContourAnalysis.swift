import Agreement
public import Imaging
import Statistics

/// Contours of readers of one case, compared in pairs: the tumour, and the ring around it.
///
/// The rings are drawn from the readers' tumours by one rule, so that their agreement is what the disagreement about the tumour
/// alone leaves of it.
public struct ContourAnalysis: Sendable {
    let readers: [(name: String, mask: Mask)]
    let planar: Bool
    private let tolerance: Double

    /// Paddings of the bounding box of both regions, in voxels, over which kappa is counted; nil for the whole grid.
    static let paddings: [Int?] = [0, 5, 20, nil]

    /// Takes masks of one grid.
    ///
    /// - Parameters:
    ///   - readers: name and mask of each reader, two at least.
    ///   - planar: whether each slice stands alone.
    ///   - tolerance: of the surface Dice, in millimetres.
    /// - Throws: `LocalValidationError.options`; `ImagingError.geometryMismatch` for masks of different grids.
    public init(_ readers: [(name: String, mask: Mask)], planar: Bool, tolerance: Double) throws {
        guard readers.count > 1 else { throw LocalValidationError.options("--masks: give two masks at least") }
        for reader in readers.dropFirst() {
            let differences = readers[0].mask.geometry.differences(from: reader.mask.geometry)
            guard differences.isEmpty else { throw ImagingError.geometryMismatch(differences) }
        }
        self.readers = readers
        self.planar = planar
        self.tolerance = tolerance
    }

    /// All statistics of every pair.
    ///
    /// - Parameter rings: from and to in millimetres from the contour.
    /// - Throws: `ImagingError`, for example of an empty ring.
    public func results(rings: [(from: Double, to: Double)]) throws -> [StatisticRecord] {
        var records: [StatisticRecord] = []
        for first in readers.indices {
            for second in readers.indices where second > first {
                let pair = readers.count > 2 ? "\(readers[first].name) - \(readers[second].name)" : ""
                let (a, b) = (readers[first].mask, readers[second].mask)
                records += try compare(a, b, variant: PredictionAnalysis.joined(pair, "tumour"))
                for ring in rings {
                    let name = "ring \(Self.text(ring.from))-\(Self.text(ring.to)) mm"
                    records += try compare(
                        try drawn(a, ring), try drawn(b, ring), variant: PredictionAnalysis.joined(pair, name))
                }
            }
        }
        return records
    }

    private func drawn(_ mask: Mask, _ limits: (from: Double, to: Double)) throws -> Mask {
        try ring(around: mask, from: limits.from, to: limits.to, definition: .voxelCentre, planar: planar)
    }

    private static func text(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

    private func compare(_ a: Mask, _ b: Mask, variant: String) throws -> [StatisticRecord] {
        var records: [StatisticRecord] = []
        func add(_ name: StatisticName, _ note: String, _ value: Double, _ count: Int, _ method: String) {
            let estimate = Estimate.value(EstimateValue(value: value, n: count, method: method))
            records.append(StatisticRecord(name, variant: PredictionAnalysis.joined(variant, note), estimate))
        }
        let overlap = try MaskComparison(a, b, marginVoxels: 0)
        let voxels = overlap.both + overlap.firstOnly + overlap.secondOnly
        add(.dice, "", overlap.dice, voxels, "voxels")
        add(.jaccard, "", overlap.jaccard, voxels, "voxels")
        let volume = a.geometry.voxelVolume
        let (sizeA, sizeB) = (overlap.both + overlap.firstOnly, overlap.both + overlap.secondOnly)
        if a.geometry.spacingKnown {
            add(.volumeDifference, "mm3", Double(sizeA - sizeB) * volume, voxels, "first less second")
        }
        let share = 2 * Double(sizeA - sizeB) / Double(sizeA + sizeB)
        add(.volumeDifference, "relative", share, voxels, "first less second over their mean")
        let contours = try ContourDistances(a, b, planar: planar)
        let all = (contours.toSecond + contours.toFirst).sorted()
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        let method = "contour voxels, mm"
        add(.hausdorff, "contours", contours.hausdorff, all.count, method)
        add(.hausdorff, "regions", contours.regionHausdorff, voxels, "voxels, mm")
        add(.hausdorff95, "pooled", Quantile.linear(all, 0.95), all.count, method)
        add(
            .hausdorff95, "larger of two directions",
            max(Quantile.linear(contours.toSecond, 0.95), Quantile.linear(contours.toFirst, 0.95)), all.count, method)
        add(.surfaceDistance, "pooled", mean(all), all.count, method)
        add(
            .surfaceDistance, "mean of two directions", (mean(contours.toSecond) + mean(contours.toFirst)) / 2,
            all.count, method)
        add(
            .surfaceDice, "\(Self.text(tolerance)) mm", contours.surfaceDice(toleranceMM: tolerance), all.count, method)
        for padding in Self.paddings {
            records.append(try kappa(a, b, padding, variant))
        }
        return records
    }

    /// Kappa of the voxels of a stated box; voxels are no independent cases, so it has no interval.
    private func kappa(_ a: Mask, _ b: Mask, _ padding: Int?, _ variant: String) throws -> StatisticRecord {
        let counts = try MaskComparison(a, b, marginVoxels: padding)
        let region = padding.map { "bounding box and \($0) voxels" } ?? "whole grid"
        let found = CohenKappa.estimate(table: [counts.neither, counts.secondOnly, counts.firstOnly, counts.both])
        var estimate = found
        if case .value(let value) = found {
            estimate = .value(
                EstimateValue(
                    value: value.value, n: counts.neither + counts.secondOnly + counts.firstOnly + counts.both,
                    method: "voxels of the \(region); they are no independent cases, so no interval"))
        }
        return StatisticRecord(.kappa, variant: PredictionAnalysis.joined(variant, "voxels, \(region)"), estimate)
    }
}
