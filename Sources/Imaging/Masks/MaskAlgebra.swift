extension Mask {
    /// The voxels of any of the masks, which lie on one grid; nil without a mask.
    public static func union(_ masks: [Mask]) -> Mask? {
        guard var output = masks.first else { return nil }
        for mask in masks.dropFirst() {
            precondition(mask.geometry.size == output.geometry.size, "masks of one grid")
            for index in mask.voxels.indices where mask.voxels[index] != 0 { output.voxels[index] = 1 }
        }
        return output
    }

    /// The voxels of all of the masks, which lie on one grid; nil without a mask.
    public static func intersection(_ masks: [Mask]) -> Mask? {
        guard var output = masks.first else { return nil }
        for mask in masks.dropFirst() {
            precondition(mask.geometry.size == output.geometry.size, "masks of one grid")
            for index in mask.voxels.indices where mask.voxels[index] == 0 { output.voxels[index] = 0 }
        }
        return output
    }
}
