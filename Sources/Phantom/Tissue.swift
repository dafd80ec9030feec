/// Levels of tissue around and inside a lesion, in the units of a modality, as a function of position.
struct Tissue {
    let lesion: Lesion
    let vessels: Vessels
    let background: GaussianField
    let inside: GaussianField
    let rim: GaussianField
    /// Level of liver and standard deviation of its texture.
    let liver: (mean: Float, sd: Float)
    /// Difference of the lesion from liver and standard deviation of its texture.
    let core: (mean: Float, sd: Float)
    /// Difference of the rim from liver and standard deviation of its texture.
    let halo: (mean: Float, sd: Float)
    /// Difference of vessels from liver.
    let blood: Float
    private let bounds: (least: Float, most: Float)

    init(
        lesion: Lesion, vessels: Vessels, background: GaussianField, inside: GaussianField, rim: GaussianField,
        liver: (mean: Float, sd: Float), core: (mean: Float, sd: Float), halo: (mean: Float, sd: Float),
        blood: Float
    ) {
        self.lesion = lesion
        self.vessels = vessels
        self.background = background
        self.inside = inside
        self.rim = rim
        self.liver = liver
        self.core = core
        self.halo = halo
        self.blood = blood
        bounds = lesion.contour.bounds
    }

    /// Level and share of lesion at a position in millimetres.
    @inline(__always)
    func callAsFunction(_ position: SIMD3<Float>) -> (level: Float, share: Float) {
        let distance = lesion.contour.signedDistance(
            position - lesion.contour.centre, bounds: bounds, reach: Lesion.rimMM)
        let liverLevel = liver.mean + liver.sd * background(position)
        guard distance < Lesion.rimMM else { return (liverLevel + blood * vessels.share(position), 0) }
        let share = smoothStep(-distance, halfWidth: lesion.marginHalfWidth)
        var level = liverLevel
        if share > 0 { level += share * (core.mean + core.sd * inside(position)) }
        if share < 1 { level += (1 - share) * Lesion.rimWeight(distance) * (halo.mean + halo.sd * rim(position)) }
        return (level, share)
    }
}
