package filters

// refusals are phrases with which an answer says that it will not be given, in small
// letters and with plain apostrophes. They name the speaker and the refusal, so that
// "you cannot help it" is none.
var refusals = func(phrases ...string) (out [][]byte) {
	for _, p := range phrases {
		out = append(out, []byte(p))
	}
	return out
}(
	// English
	"i can't help with", "i cannot help with", "i can't assist", "i cannot assist", "i'm not able to help", "i am not able to help",
	"i'm unable to", "i am unable to", "i can't provide", "i cannot provide", "i can't fulfill", "i cannot fulfill", "i can't comply",
	"i cannot comply", "i won't be able to", "i can't do that", "i cannot do that", "i must decline", "i have to decline",
	"i can't answer", "i cannot answer", "i can't create", "i cannot create", "i can't generate", "i cannot generate",
	"i'm not comfortable", "i'm sorry, but i can't", "i'm sorry, but i cannot", "as an ai language model", "as an ai, i can",
	"as a language model, i", "i can't engage", "i cannot engage", "i can't discuss", "i cannot discuss",
	// German
	"dabei kann ich nicht helfen", "dabei kann ich leider nicht", "kann ich dir nicht helfen", "kann ich ihnen nicht helfen",
	"kann ich leider nicht", "ich kann dir dabei nicht", "ich kann ihnen dabei nicht", "ich kann diese frage nicht",
	"ich kann diese anfrage nicht", "ich darf dir nicht", "ich darf ihnen nicht", "als ki-sprachmodell", "als ki kann ich",
	"als sprachmodell kann ich", "es tut mir leid, aber ich kann",
	// French
	"je ne peux pas vous aider", "je ne peux pas t'aider", "je ne suis pas en mesure", "je ne peux pas répondre",
	"je ne peux pas fournir", "je ne peux malheureusement pas", "je suis désolé, mais je ne peux", "je suis désolée, mais je ne peux",
	"en tant que modèle de langage", "en tant qu'ia",
	// Spanish
	"no puedo ayudarte", "no puedo ayudarle", "no puedo proporcionar", "no puedo responder a", "no me es posible", "no puedo cumplir",
	"lo siento, pero no puedo", "lo siento, no puedo", "como modelo de lenguaje", "como ia, no",
	// Portuguese
	"não posso ajudar", "não posso fornecer", "não posso responder a", "não consigo ajudar", "não me é possível",
	"desculpe, mas não posso", "lamento, mas não posso", "sinto muito, mas não posso", "como modelo de linguagem", "como ia, não",
	// Polish
	"nie mogę ci pomóc", "nie mogę pomóc", "nie mogę w tym pomóc", "nie mogę udzielić", "nie jestem w stanie pomóc",
	"przykro mi, ale nie mogę", "przepraszam, ale nie mogę", "jako model językowy",
	// Russian
	"я не могу помочь", "я не могу ответить", "я не могу предоставить", "не могу вам помочь", "не могу тебе помочь", "не могу с этим помочь",
	"я не в состоянии", "к сожалению, я не могу", "извините, но я не могу", "как языковая модель",
	// Chinese
	"我无法", "我不能帮助", "我不能提供", "我不能回答", "抱歉，我不能", "对不起，我不能", "很抱歉，我不能", "作为一个人工智能", "作为人工智能", "作为一个语言模型", "作为ai",
)
