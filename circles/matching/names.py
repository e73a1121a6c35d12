"""Names for circles: trees, herbs and meadow plants."""

from __future__ import annotations

import random
from collections.abc import Collection

_PLANTS = """
    Acacia Alder Almond Anise Apple Arnica Ash Aspen Aster Avens Balsam Bamboo Basil Bay Beech Bellflower Betony
    Bilberry Birch Bistort Blackthorn Bluebell Borage Bracken Bramble Briar Broom Bryony Burdock Buttercup Calendula
    Camellia Campion Caraway Cardamom Catmint Cedar Celandine Chamomile Chervil Cherry Chestnut Chicory Cicely
    Clematis Clover Columbine Comfrey Coriander Cornel Cornflower Cowslip Cranberry Cress Crocus Cypress Dahlia Daisy
    Damson Dill Dogwood Elder Elm Eyebright Fennel Fern Feverfew Fig Fir Flax Foxglove Freesia Gale Gentian Ginkgo
    Gorse Harebell Hawthorn Hazel Heather Holly Hollyhock Hornbeam Hyssop Iris Ivy Jasmine Juniper Knapweed Larch
    Laurel Lavender Lilac Linden Loosestrife Lovage Lupin Magnolia Mallow Maple Marigold Marjoram Meadowsweet Medlar
    Melissa Mimosa Mint Mulberry Mullein Myrtle Nettle Oak Olive Orchid Osier Oxlip Pansy Parsley Pear Peony Pine
    Plane Plum Poplar Poppy Primrose Quince Rosemary Rowan Rue Rush Saffron Sage Samphire Scabious Sedge Sequoia
    Snowdrop Sorrel Speedwell Spruce Stonecrop Sunflower Sycamore Tamarisk Tansy Teasel Thistle Thrift Thyme Trefoil
    Tulip Valerian Verbena Vervain Vetch Viola Walnut Willow Woodruff Yarrow Yew
"""
PLANTS = tuple(_PLANTS.split())


def circle_names(count: int, seed: int, taken: Collection[str] = ()) -> list[str]:
    """This many different names, none of them `taken`; plants first, then "Alder 2" and so on."""
    order = list(PLANTS)
    random.Random(f"circle names {seed}").shuffle(order)
    used = {name.casefold() for name in taken}
    names: list[str] = []
    lap = 1
    while len(names) < count:
        for plant in order:
            name = plant if lap == 1 else f"{plant} {lap}"
            if len(names) < count and name.casefold() not in used:
                names.append(name)
        lap += 1
    return names
