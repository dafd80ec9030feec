/// Connected groups of voxels with one grey level (26 neighbours in the volume, 8 in a plane).
struct Zones {
    /// Grey level, number of voxels and smallest distance to the border (0 if distances are not asked for) of each zone,
    /// in raster order of first voxels.
    private(set) var zones: [(level: Int, size: Int, distance: Int)] = []

    /// Memory for the zones of a grid, which is used again from slice to slice: all of it is written before it is read.
    final class Scratch {
        /// The label of each voxel of the padded grid.
        fileprivate let labels: UnsafeMutablePointer<Int32>
        /// By label: one that is joined with it and not greater, number of voxels, level, smallest distance.
        fileprivate let parents, sizes: UnsafeMutablePointer<Int32>
        fileprivate let levels, nearest: UnsafeMutablePointer<UInt16>
        /// For each voxel of a row, which earlier neighbours have its level.
        fileprivate let alike: UnsafeMutablePointer<UInt16>

        init(_ grid: LevelGrid) {
            labels = .allocate(capacity: grid.levels.count)
            (parents, sizes) = (.allocate(capacity: grid.count), .allocate(capacity: grid.count))
            (levels, nearest) = (.allocate(capacity: grid.count), .allocate(capacity: grid.count))
            alike = .allocate(capacity: grid.rowStride)
        }

        deinit {
            labels.deallocate()
            parents.deallocate()
            sizes.deallocate()
            levels.deallocate()
            nearest.deallocate()
            alike.deallocate()
        }
    }

    /// Finds the zones in some slices.
    ///
    /// - Parameters:
    ///   - steps: To the neighbours that come later in raster order, as `LevelGrid` lists them.
    ///   - distances: Of each voxel of the padded grid to the border, or nil.
    init(grid: LevelGrid, slices: Range<Int>, steps: [Int], distances: [UInt16]?, scratch: Scratch) {
        let found = Self.label(grid, slices, steps, scratch)
        scratch.nearest.update(repeating: distances == nil ? 0 : .max, count: found)
        distances?.withUnsafeBufferPointer { distances in
            for row in grid.rows(in: slices) {
                for index in row where grid.levels[index] != 0 {
                    let label = Int(scratch.labels[index])
                    scratch.nearest[label] = min(scratch.nearest[label], distances[index])
                }
            }
        }
        var number = 0
        for label in 0..<found {
            // A parent is smaller than its label, so that it has been led to its own root before.
            let root = Int(scratch.parents[Int(scratch.parents[label])])
            scratch.parents[label] = Int32(root)
            if root == label {
                number += 1
            } else {
                scratch.sizes[root] += scratch.sizes[label]
                scratch.nearest[root] = min(scratch.nearest[root], scratch.nearest[label])
            }
        }
        zones.reserveCapacity(number)
        for label in 0..<found where Int(scratch.parents[label]) == label {
            zones.append((Int(scratch.levels[label]), Int(scratch.sizes[label]), Int(scratch.nearest[label])))
        }
    }

    /// Gives each voxel a label and joins the labels of neighbours with one level; returns the number of labels.
    private static func label(_ grid: LevelGrid, _ slices: Range<Int>, _ steps: [Int], _ scratch: Scratch) -> Int {
        var found = 0
        let (labels, alike) = (scratch.labels, scratch.alike)
        // Pointers: the innermost loops compare 13 neighbours of every voxel.
        grid.levels.withUnsafeBufferPointer { levels in
            Separated.table.withUnsafeBufferPointer { separated in
                guard let levels = levels.baseAddress, let separated = separated.baseAddress else { return }
                for row in grid.rows(in: slices) where !row.isEmpty {
                    compare(levels + row.lowerBound, steps, count: row.count, to: alike)
                    for index in row where levels[index] != 0 {
                        var rest = separated[Int(alike[index - row.lowerBound])]
                        guard rest != 0 else {
                            scratch.parents[found] = Int32(found)
                            scratch.sizes[found] = 1
                            scratch.levels[found] = levels[index]
                            labels[index] = Int32(found)
                            found += 1
                            continue
                        }
                        var label = labels[index - steps[rest.trailingZeroBitCount]]
                        rest &= rest &- 1
                        while rest != 0 {
                            let other = labels[index - steps[rest.trailingZeroBitCount]]
                            if other != label { label = join(label, other, scratch.parents) }
                            rest &= rest &- 1
                        }
                        labels[index] = label
                        scratch.sizes[Int(label)] += 1
                    }
                }
            }
        }
        return found
    }

    /// For each voxel of a row the steps, one a bit, after which it follows a voxel of its level.
    private static func compare(
        _ levels: UnsafePointer<UInt16>, _ steps: [Int], count: Int, to alike: UnsafeMutablePointer<UInt16>
    ) {
        for x in 0..<count { alike[x] = 0 }
        for (place, step) in steps.enumerated() {
            let (before, bit) = (levels - step, UInt16(1) << UInt16(place))
            for x in 0..<count { alike[x] |= levels[x] == before[x] ? bit : 0 }
        }
    }

    private static func join(_ a: Int32, _ b: Int32, _ parents: UnsafeMutablePointer<Int32>) -> Int32 {
        func root(_ start: Int32) -> Int32 {
            var label = start
            while parents[Int(label)] != label {
                parents[Int(label)] = parents[Int(parents[Int(label)])]
                label = parents[Int(label)]
            }
            return label
        }
        let (first, second) = (root(a), root(b))
        parents[Int(max(first, second))] = min(first, second)
        return min(first, second)
    }
}

/// Which of the earlier neighbours of a voxel are enough to join it with all of them.
///
/// Neighbours of the voxel that have its level, and touch each other, have been joined before: of each group that hangs
/// together one will do.
private enum Separated {
    /// For each set of neighbours, one a bit in the order of `LevelGrid.volumeSteps`, one of each group.
    static let table: [UInt16] = {
        // The four of a row and the row before, then the nine of the slice before.
        var places = [(1, 0, 0), (-1, 1, 0), (0, 1, 0), (1, 1, 0)]
        for y in -1...1 { for x in -1...1 { places.append((x, y, 1)) } }
        let touching = places.map { a in
            places.enumerated().reduce(UInt16(0)) { set, other in
                let b = other.element
                let touches = max(abs(a.0 - b.0), abs(a.1 - b.1), abs(a.2 - b.2)) <= 1
                return touches ? set | 1 << UInt16(other.offset) : set
            }
        }
        return (0..<UInt16(1) << UInt16(places.count)).map { set in
            var (rest, chosen) = (set, UInt16(0))
            while rest != 0 {
                chosen |= rest & (~rest &+ 1)
                var group = rest & (~rest &+ 1)
                var next = group
                while next != 0 {
                    let reached = touching[next.trailingZeroBitCount] & rest & ~group
                    group |= reached
                    next = next & (next &- 1) | reached
                }
                rest &= ~group
            }
            return chosen
        }
    }()
}
