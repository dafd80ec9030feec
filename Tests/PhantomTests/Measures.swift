import Imaging
public import Phantom
public import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension HospitalProfile: CustomTestStringConvertible {
    /// The name of the hospital.
    public var testDescription: String { id }
}

/// Mean and standard deviation.
func moments(_ values: [Double]) -> (mean: Double, sd: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (square / Double(values.count)).squareRoot())
}

/// Cohen's kappa of two masks over the voxels where `region` holds.
func kappa(_ first: Mask, _ second: Mask, over region: [Bool]) -> Double {
    var counts = [[0.0, 0.0], [0.0, 0.0]]
    for index in region.indices where region[index] {
        counts[first.voxels[index] != 0 ? 1 : 0][second.voxels[index] != 0 ? 1 : 0] += 1
    }
    let total = counts[0][0] + counts[0][1] + counts[1][0] + counts[1][1]
    let observed = (counts[0][0] + counts[1][1]) / total
    let (one, two) = ((counts[1][0] + counts[1][1]) / total, (counts[0][1] + counts[1][1]) / total)
    let expected = one * two + (1 - one) * (1 - two)
    return (observed - expected) / (1 - expected)
}

/// The bounding box of the union of two masks, grown by a margin in millimetres and cut at the image.
func box(_ first: Mask, _ second: Mask, grownBy margin: Double) -> [Bool] {
    let size = first.geometry.size
    let spacing = first.geometry.spacing
    var low = [Int.max, Int.max, Int.max]
    var high = [Int.min, Int.min, Int.min]
    forEachVoxel(size) { index, place in
        guard first.voxels[index] != 0 || second.voxels[index] != 0 else { return }
        for axis in 0..<3 { (low[axis], high[axis]) = (min(low[axis], place[axis]), max(high[axis], place[axis])) }
    }
    let grow = [spacing.x, spacing.y, spacing.z].map { Int((margin / $0).rounded(.up)) }
    var region = [Bool](repeating: false, count: size.count)
    forEachVoxel(size) { index, place in
        region[index] = (0..<3).allSatisfy {
            place[$0] >= low[$0] - grow[$0] && place[$0] <= high[$0] + grow[$0]
        }
    }
    return region
}

/// Voxels outside the mask whose centres are at most `width` millimetres from the centre of a voxel inside.
func ring(_ mask: Mask, width: Double) -> Mask {
    let size = mask.geometry.size
    let spacing = mask.geometry.spacing
    let (rx, ry) = (Int(width / spacing.x), Int(width / spacing.y))
    let rz = size.z > 1 ? Int(width / spacing.z) : 0
    var offsets: [(x: Int, y: Int, z: Int)] = []
    for z in -rz...rz {
        for y in -ry...ry {
            for x in -rx...rx {
                let d = (Double(x) * spacing.x, Double(y) * spacing.y, Double(z) * spacing.z)
                if d.0 * d.0 + d.1 * d.1 + d.2 * d.2 <= width * width { offsets.append((x, y, z)) }
            }
        }
    }
    var voxels = [UInt8](repeating: 0, count: size.count)
    forEachVoxel(size) { index, place in
        guard mask.voxels[index] != 0 else { return }
        let steps = [1, size.x, size.x * size.y]
        let inner = (0..<(size.z > 1 ? 3 : 2)).allSatisfy { axis in
            place[axis] > 0 && place[axis] + 1 < [size.x, size.y, size.z][axis]
                && mask.voxels[index - steps[axis]] != 0 && mask.voxels[index + steps[axis]] != 0
        }
        if inner { return }
        for offset in offsets {
            let (x, y, z) = (place[0] + offset.x, place[1] + offset.y, place[2] + offset.z)
            guard x >= 0, y >= 0, z >= 0, x < size.x, y < size.y, z < size.z else { continue }
            voxels[(z * size.y + y) * size.x + x] = 1
        }
    }
    for index in voxels.indices where mask.voxels[index] != 0 { voxels[index] = 0 }
    return Mask(geometry: mask.geometry, voxels: voxels)
}

private func forEachVoxel(_ size: GridSize, _ body: (Int, SIMD3<Int>) -> Void) {
    var index = 0
    for z in 0..<size.z {
        for y in 0..<size.y {
            for x in 0..<size.x {
                body(index, SIMD3(x, y, z))
                index += 1
            }
        }
    }
}

/// Area under the ROC curve (Mann and Whitney), ties at half.
func auc(_ scores: [Double], _ outcomes: [Int]) -> Double {
    let events = zip(scores, outcomes).filter { $0.1 == 1 }.map(\.0)
    let others = zip(scores, outcomes).filter { $0.1 == 0 }.map(\.0)
    var wins = 0.0
    for event in events {
        for other in others { wins += event > other ? 1 : event == other ? 0.5 : 0 }
    }
    return wins / Double(events.count * others.count)
}

/// Coefficients of a logistic regression, intercept first, with a ridge penalty of 1 on the slopes (Newton steps).
func logistic(_ rows: [[Double]], _ outcomes: [Int]) -> [Double] {
    let width = rows[0].count + 1
    var beta = [Double](repeating: 0, count: width)
    for _ in 0..<12 {
        var system = [[Double]](repeating: [Double](repeating: 0, count: width + 1), count: width)
        for (row, outcome) in zip(rows, outcomes) {
            let x = [1] + row
            let p = 1 / (1 + exp(-zip(x, beta).reduce(0) { $0 + $1.0 * $1.1 }))
            for i in 0..<width {
                for j in 0..<width { system[i][j] += p * (1 - p) * x[i] * x[j] }
                system[i][width] += (Double(outcome) - p) * x[i]
            }
        }
        for i in 1..<width {
            system[i][i] += 1
            system[i][width] -= beta[i]
        }
        for i in 0..<width {
            for k in (i + 1)..<max(width, i + 1) {
                let factor = system[k][i] / system[i][i]
                for j in i...width { system[k][j] -= factor * system[i][j] }
            }
        }
        var step = [Double](repeating: 0, count: width)
        for i in (0..<width).reversed() {
            let rest = ((i + 1)..<max(width, i + 1)).reduce(0) { $0 + system[i][$1] * step[$1] }
            step[i] = (system[i][width] - rest) / system[i][i]
        }
        for i in 0..<width { beta[i] += step[i] }
    }
    return beta
}
