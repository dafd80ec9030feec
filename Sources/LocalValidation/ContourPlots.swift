import Imaging
public import Plots
import Statistics

extension ContourAnalysis {
    /// Pictures of each pair of readers: distances of the contours, and Dice by slice where there is more than one.
    ///
    /// - Throws: `ImagingError`.
    public func plots() throws -> [any Plot] {
        var plots: [any Plot] = []
        for first in readers.indices {
            for second in readers.indices where second > first {
                let (a, b) = (readers[first], readers[second])
                let pair = "\(a.name) and \(b.name)"
                let contours = try ContourDistances(a.mask, b.mask, planar: planar)
                let distances = (contours.toSecond + contours.toFirst).sorted()
                plots.append(
                    Chart.contourDistances(
                        title: "Distances of the contours of \(pair)", distances: distances,
                        lines: [
                            (name: "mean (ASSD)", value: distances.reduce(0, +) / Double(distances.count)),
                            (name: "95% (HD95)", value: Quantile.linear(distances, 0.95)),
                        ]))
                let slices = Self.slices(a.mask, b.mask)
                guard slices.count > 1 else { continue }
                plots.append(
                    Chart.diceBySlice(
                        title: "Dice by slice, \(pair)", slices: slices,
                        overall: try MaskComparison(a.mask, b.mask, marginVoxels: 0).dice))
            }
        }
        return plots
    }

    /// Dice of each slice in which a reader has a voxel; slices count from 1.
    private static func slices(_ a: Mask, _ b: Mask) -> [(number: Int, dice: Double)] {
        let size = a.geometry.size
        let plane = size.x * size.y
        return (0..<size.z).compactMap { z in
            var (both, total) = (0, 0)
            for index in z * plane..<(z + 1) * plane {
                let (isFirst, isSecond) = (a.voxels[index] != 0, b.voxels[index] != 0)
                both += isFirst && isSecond ? 1 : 0
                total += (isFirst ? 1 : 0) + (isSecond ? 1 : 0)
            }
            return total == 0 ? nil : (z + 1, 2 * Double(both) / Double(total))
        }
    }
}
