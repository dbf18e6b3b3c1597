"""Names of countries with what their people and things are called: general knowledge, kept in one place.

Each line: the name that all of them stand for, then other names, abbreviations and forms like "French".
"""

from __future__ import annotations

from functools import cache

_TABLE = """
Afghanistan, Afghan, Afghani
Albania, Albanian
Algeria, Algerian
Angola, Angolan
Argentina, Argentine, Argentinian
Armenia, Armenian
Australia, Australian, Aussie
Austria, Austrian
Azerbaijan, Azerbaijani, Azeri
Bahrain, Bahraini
Bangladesh, Bangladeshi
Belarus, Belarusian
Belgium, Belgian
Benin, Beninese
Bolivia, Bolivian
Bosnia, Bosnia and Herzegovina, Bosnia-Herzegovina, Bosnian
Botswana, Batswana
Brazil, Brazilian
Bulgaria, Bulgarian
Burkina Faso, Burkinabe
Burundi, Burundian
Cambodia, Cambodian
Cameroon, Cameroonian
Canada, Canadian
Chad, Chadian
Chile, Chilean
China, Chinese, People's Republic of China, PRC
Colombia, Colombian
Congo, Congolese, DRC, DR Congo, Democratic Republic of the Congo, Democratic Republic of Congo
Costa Rica, Costa Rican
Croatia, Croatian
Cuba, Cuban
Cyprus, Cypriot
Czech Republic, Czechia, Czech
Denmark, Danish, Dane
Djibouti, Djiboutian
Dominican Republic
Ecuador, Ecuadorian, Ecuadorean
Egypt, Egyptian
El Salvador, Salvadoran, Salvadorean
Eritrea, Eritrean
Estonia, Estonian
Ethiopia, Ethiopian
Fiji, Fijian
Finland, Finnish, Finn
France, French, Frenchman, Frenchwoman, Frenchmen
Gabon, Gabonese
Gambia, Gambian
Georgia, Georgian
Germany, German
Ghana, Ghanaian
Greece, Greek
Guatemala, Guatemalan
Guinea, Guinean
Guyana, Guyanese
Haiti, Haitian
Honduras, Honduran
Hungary, Hungarian
Iceland, Icelandic, Icelander
India, Indian
Indonesia, Indonesian
Iran, Iranian, Islamic Republic of Iran
Iraq, Iraqi
Ireland, Irish, Irishman, Irishwoman
Israel, Israeli
Italy, Italian
Ivory Coast, Côte d'Ivoire, Ivorian
Jamaica, Jamaican
Japan, Japanese
Jordan, Jordanian
Kazakhstan, Kazakh, Kazakhstani
Kenya, Kenyan
Kosovo, Kosovan, Kosovar
Kuwait, Kuwaiti
Kyrgyzstan, Kyrgyz
Laos, Laotian, Lao
Latvia, Latvian
Lebanon, Lebanese
Liberia, Liberian
Libya, Libyan
Lithuania, Lithuanian
Luxembourg, Luxembourgish
Madagascar, Malagasy
Malawi, Malawian
Malaysia, Malaysian
Maldives, Maldivian
Mali, Malian
Malta, Maltese
Mauritania, Mauritanian
Mauritius, Mauritian
Mexico, Mexican
Moldova, Moldovan
Mongolia, Mongolian
Montenegro, Montenegrin
Morocco, Moroccan
Mozambique, Mozambican
Myanmar, Burma, Burmese
Namibia, Namibian
Nepal, Nepali, Nepalese
Netherlands, The Netherlands, Holland, Dutch, Dutchman, Dutchwoman
New Zealand, New Zealander, Kiwi
Nicaragua, Nicaraguan
Niger, Nigerien
Nigeria, Nigerian
North Korea, DPRK, North Korean
North Macedonia, Macedonia, Macedonian
Norway, Norwegian
Oman, Omani
Pakistan, Pakistani
Palestine, Palestinian
Panama, Panamanian
Papua New Guinea, PNG, Papua New Guinean
Paraguay, Paraguayan
Peru, Peruvian
Philippines, The Philippines, Philippine, Filipino, Filipina
Poland, Polish, Pole
Portugal, Portuguese
Qatar, Qatari
Romania, Romanian
Russia, Russian, Russian Federation
Rwanda, Rwandan
Saudi Arabia, Saudi, Saudi Arabian, KSA
Senegal, Senegalese
Serbia, Serbian, Serb
Sierra Leone, Sierra Leonean
Singapore, Singaporean
Slovakia, Slovak, Slovakian
Slovenia, Slovenian, Slovene
Somalia, Somali
South Africa, South African
South Korea, Republic of Korea, South Korean
South Sudan, South Sudanese
Soviet Union, USSR, Soviet
Spain, Spanish, Spaniard
Sri Lanka, Sri Lankan
Sudan, Sudanese
Sweden, Swedish, Swede
Switzerland, Swiss
Syria, Syrian
Taiwan, Taiwanese
Tajikistan, Tajik, Tajikistani
Tanzania, Tanzanian
Thailand, Thai
Togo, Togolese
Tunisia, Tunisian
Turkey, Türkiye, Turkish, Turk
Turkmenistan, Turkmen
Uganda, Ugandan
Ukraine, Ukrainian
United Arab Emirates, UAE, Emirati
United Kingdom, UK, Britain, Great Britain, British, Briton
United States, US, USA, America, American, United States of America
Uruguay, Uruguayan
Uzbekistan, Uzbek
Venezuela, Venezuelan
Vietnam, Viet Nam, Vietnamese
Yemen, Yemeni
Zambia, Zambian
Zimbabwe, Zimbabwean
Africa, African
Asia, Asian
Europe, European
Scotland, Scottish, Scot, Scotsman, Scotswoman
Wales, Welsh, Welshman, Welshwoman
England, English, Englishman, Englishwoman
"""


@cache
def country_forms() -> dict[str, str]:
    """Every form in lower case ("american", "americans", "us") -> its country in lower case ("united states")."""
    forms: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        names = [name.strip() for name in line.split(",")]
        for name in names:
            forms[name.lower()] = names[0].lower()
            if len(name) > 3:
                forms.setdefault(name.lower() + "s", names[0].lower())
    return forms
